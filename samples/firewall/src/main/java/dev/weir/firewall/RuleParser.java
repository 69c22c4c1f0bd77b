package dev.weir.firewall;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.weir.firewall.RuleText.ConditionText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a rule file: an array of rules, each an object.
 *
 * <pre>
 * {"id": "no-telnet", "layer": 4, "type": "tcp_dst_port", "values": ["23", "2323"], "action": "reject"}
 * {"id": "lab",       "conditions": [{"type": "ip_src_in", "values": ["10.0.0.0/8"]},
 *                                    {"type": "tcp_dst_port", "values": ["443"]}],
 *                     "action": "mark", "mark": "0x10", "mask": "0xff"}
 * {"id": "rest",      "type": "any", "action": "drop"}
 * </pre>
 *
 * <p>The first rule that applies decides. {@code scope} is {@code packet} or {@code flow}; left out, a rule of layer 7
 * decides over the flow, others over the packet.
 */
final class RuleParser {
    private static final String ANY = "any";
    private static final String FIELDS = "id, layer, type, values, conditions, action, scope, mark, mask, comment";

    private final Path file;
    private final JsonParser json;
    private final List<RuleText> rules = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();

    // of the rule that is being read
    private int line;
    private String id;
    private Integer layer;
    private String type;
    private int typeLine;
    private List<String> values;
    private List<ConditionText> conditions;
    private Action action;
    private Boolean forFlow;
    private Integer mark;
    private Integer mask;

    private RuleParser(Path file, JsonParser json) {
        this.file = file;
        this.json = json;
    }

    /** Reads all rules of a file, in its order. */
    static List<RuleText> read(Path file) throws RuleFileException {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        try (JsonParser json = factory.createParser(Files.readAllBytes(file))) {
            return new RuleParser(file, json).rules();
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new RuleFileException(file, line, e.getOriginalMessage());
        } catch (NoSuchFileException e) {
            throw new RuleFileException(file, 0, "there is no such file");
        } catch (IOException e) {
            throw new RuleFileException(file, 0, "it cannot be read: " + e.getMessage());
        }
    }

    private List<RuleText> rules() throws IOException, RuleFileException {
        require(json.nextToken() == JsonToken.START_ARRAY, "a rule file is an array of rules: [ {…}, {…} ]");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(json.currentToken() == JsonToken.START_OBJECT, "a rule is an object: {\"id\": …}");
            rules.add(rule());
        }
        require(json.nextToken() == null, "nothing may follow the array of rules");
        return List.copyOf(rules);
    }

    private RuleText rule() throws IOException, RuleFileException {
        line = here();
        id = null;
        layer = null;
        type = null;
        values = null;
        conditions = null;
        action = null;
        forFlow = null;
        mark = null;
        mask = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            field(json.currentName());
        }
        return finished();
    }

    private void field(String name) throws IOException, RuleFileException {
        json.nextToken();
        switch (name) {
            case "id" -> {
                id = string(name);
                require(!id.isBlank(), "an id must not be empty");
                Integer before = lines.putIfAbsent(id, here());
                require(before == null, "the id \"" + id + "\" was given to the rule in line " + before + " already");
            }
            case "layer" -> layer = layer();
            case "type" -> {
                type = string(name);
                typeLine = here();
            }
            case "values" -> values = strings();
            case "conditions" -> conditions = conditions();
            case "action" -> {
                String text = string(name);
                action = Action.named(text)
                        .orElseThrow(() -> wrong(
                                "there is no action \"" + text + "\"; actions: " + String.join(", ", Action.texts())));
            }
            case "scope" -> {
                String text = string(name);
                require(text.equals("packet") || text.equals("flow"), "scope is \"packet\" or \"flow\", not " + text);
                forFlow = text.equals("flow");
            }
            case "mark" -> mark = number(name);
            case "mask" -> mask = number(name);
            case "comment" -> string(name);
            default -> throw wrong("a rule has no field \"" + name + "\"; fields: " + FIELDS);
        }
    }

    private RuleText finished() throws RuleFileException {
        require(id != null, "the rule has no id");
        require(action != null, "the rule has no action; actions: " + String.join(", ", Action.texts()));
        require((type == null) != (conditions == null), "a rule has a type and values, or conditions, not both");
        require((action == Action.MARK) == (mark != null), "mark belongs to the action \"mark\", and that needs it");
        require(mask == null || mark != null, "mask belongs to a mark");
        List<ConditionText> all = conditions != null ? conditions : condition(layer, type, typeLine, values);
        return new RuleText(line, id, all, action, forFlow, mark == null ? 0 : mark, mask == null ? -1 : mask);
    }

    /** One condition, or none for {@code any}. */
    private List<ConditionText> condition(Integer ofLayer, String ofType, int at, List<String> given)
            throws RuleFileException {
        if (ofType.equals(ANY)) {
            require(given == null || given.isEmpty(), "the type \"any\" takes no values");
            return List.of();
        }
        require(given != null && !given.isEmpty(), "the type \"" + ofType + "\" needs values");
        return List.of(new ConditionText(at, ofLayer == null ? 0 : ofLayer, ofType, given));
    }

    private List<ConditionText> conditions() throws IOException, RuleFileException {
        require(
                json.currentToken() == JsonToken.START_ARRAY,
                "conditions are an array of {\"type\": …, \"values\": […]}");
        List<ConditionText> all = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(json.currentToken() == JsonToken.START_OBJECT, "a condition is {\"type\": …, \"values\": […]}");
            Integer ofLayer = null;
            String ofType = null;
            List<String> given = null;
            int at = here();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "layer" -> ofLayer = layer();
                    case "type" -> ofType = string(name);
                    case "values" -> given = strings();
                    default -> throw wrong("a condition has layer, type and values, no field \"" + name + "\"");
                }
            }
            require(ofType != null && !ofType.equals(ANY), "a condition needs a type, and not \"any\"");
            all.addAll(condition(ofLayer, ofType, at, given));
        }
        require(!all.isEmpty(), "conditions must not be empty; a rule for everything has the type \"any\"");
        return all;
    }

    private int layer() throws IOException, RuleFileException {
        int number = json.currentToken() == JsonToken.VALUE_NUMBER_INT ? json.getIntValue() : 0;
        require(number == 3 || number == 4 || number == 7, "layer is 3, 4 or 7");
        return number;
    }

    private List<String> strings() throws IOException, RuleFileException {
        require(json.currentToken() == JsonToken.START_ARRAY, "values are an array: [\"…\"]");
        List<String> all = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(json.currentToken().isScalarValue(), "a value is a string or a number");
            all.add(json.getText());
        }
        return all;
    }

    private String string(String name) throws IOException, RuleFileException {
        require(json.currentToken() == JsonToken.VALUE_STRING, name + " is a string");
        return json.getText();
    }

    private int number(String name) throws IOException, RuleFileException {
        String text = json.getText();
        try {
            return text.startsWith("0x")
                    ? Integer.parseUnsignedInt(text.substring(2), 16)
                    : Integer.parseUnsignedInt(text);
        } catch (NumberFormatException e) {
            throw wrong(name + " is 0 to 4294967295, also as \"0x1f\", not " + text);
        }
    }

    private int here() {
        return json.currentTokenLocation().getLineNr();
    }

    private void require(boolean holds, String otherwise) throws RuleFileException {
        if (!holds) {
            throw wrong(otherwise);
        }
    }

    private RuleFileException wrong(String reason) {
        return new RuleFileException(file, here(), (id == null ? "" : "rule \"" + id + "\": ") + reason);
    }
}
