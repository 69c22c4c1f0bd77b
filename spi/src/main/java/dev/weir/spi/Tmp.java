package dev.weir.spi;

class Tmp {}
