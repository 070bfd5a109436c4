"""The province's server: stores every package once and signs its receipt."""
