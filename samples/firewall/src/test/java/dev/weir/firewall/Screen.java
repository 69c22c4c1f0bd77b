package dev.weir.firewall;

import java.util.ArrayList;
import java.util.List;

/** What a terminal shows of the little that a status line needs: of ECMA-48 and the VT100 no more than that. */
final class Screen {
    private final int columns;
    private final List<StringBuilder> rows = new ArrayList<>();
    private int row;
    private int column;
    private boolean wraps = true;

    Screen(int columns) {
        this.columns = columns;
        rows.add(new StringBuilder());
    }

    void print(String text) {
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (next == '\r') {
                column = 0;
            } else if (next == '\n') {
                lineFeed();
            } else if (next == '\033') {
                int end = i + 2;
                while (!Character.isLetter(text.charAt(end))) {
                    end++;
                }
                control(text.substring(i + 1, end + 1));
                i = end;
            } else {
                put(next);
            }
        }
    }

    private void control(String sequence) {
        switch (sequence) {
            case "[K" -> rows.get(row).setLength(Math.min(column, rows.get(row).length()));
            case "[?7l" -> wraps = false;
            case "[?7h" -> wraps = true;
            default -> throw new AssertionError("a terminal may not know ESC " + sequence);
        }
    }

    private void put(char character) {
        if (column == columns) {
            if (wraps) {
                column = 0;
                lineFeed();
            } else {
                column--;
            }
        }
        StringBuilder line = rows.get(row);
        while (line.length() <= column) {
            line.append(' ');
        }
        line.setCharAt(column++, character);
    }

    private void lineFeed() {
        if (++row == rows.size()) {
            rows.add(new StringBuilder());
        }
    }

    List<String> rows() {
        return rows.stream().map(line -> line.toString().stripTrailing()).toList();
    }

    boolean wraps() {
        return wraps;
    }
}
