package dev.weir.packet;

class Tmp {}
