"""The activity trail as it is read: pages, words, exports, and whether it is whole."""
