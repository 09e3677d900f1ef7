"""What leaves no trace: anonymization before anything is stored."""
