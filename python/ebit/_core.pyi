"""The compiled library. Internal: use the public modules of `ebit`."""

# ---- base ----
def version() -> str: ...

# ---- channel ----

# ---- state ----

# ---- link ----

# ---- chain ----
