"""An OAuth proxy: an API that has its own OAuth, without registration, becomes an MCP server."""
