"""When the office is reached: hours are data, published once and used everywhere."""
