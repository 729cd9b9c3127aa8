//! What MCP's messages ask for.

use doorward::mcp;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::text::Sent;

/// Return whether a message of this method requests no more than what an MCP server is and which tools it has, so that
/// an operator may let it in without a token. is_notification: whether it has no `id` (JSON-RPC 2.0 section 4.1). A
/// request is accepted if each of its messages is one.
#[pyfunction]
#[pyo3(signature = (method, *, is_notification))]
pub(crate) fn is_mcp_discovery(method: Sent, is_notification: bool) -> bool {
    method.as_str().is_some_and(|method| mcp::is_discovery(method, is_notification))
}

/// Return whether the body of a request has only messages for which `is_mcp_discovery` returns true: one JSON object,
/// or an array of 1 to 32. False for what another reader might read differently: a member name that is there twice,
/// text after the JSON, a request that is a response as well, JSON that is not valid.
#[pyfunction]
pub(crate) fn is_mcp_discovery_body(body: PyBackedBytes) -> bool {
    mcp::is_discovery_body(&body)
}
