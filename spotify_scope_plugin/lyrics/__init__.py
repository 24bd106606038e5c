"""Which words are sung when: the LRC parser, the LRCLIB client and the finder in the background."""
