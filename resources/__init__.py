"""Icons, fonts, theme, texts: data only."""
