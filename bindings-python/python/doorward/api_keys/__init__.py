"""A server's API keys, kept in a store.

keys = ApiKeys(open_store("sqlite:keys.db"), read_peppers("peppers"))
key, stored = await keys.create(owner="ada", scopes=["read"])
print(key.reveal())  # the only time that it is seen
caller = await keys.authenticate(text, resource="https://mcp.example.com/mcp")
"""

from doorward.api_keys.keys import ApiKeys
from doorward.api_keys.stored_key import StoredKey

__all__ = ["ApiKeys", "StoredKey"]
