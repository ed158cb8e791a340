"""What is true before any model: the vocabulary, the log, profiles, features and stores."""
