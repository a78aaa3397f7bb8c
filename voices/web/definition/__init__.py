"""The forms of a provider's voice: a new one, and the settings of one there is."""
