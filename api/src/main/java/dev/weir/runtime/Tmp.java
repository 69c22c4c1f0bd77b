package dev.weir.runtime;

class Tmp {}
