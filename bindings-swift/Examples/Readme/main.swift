import Doorward
import DoorwardURLSession

let policy = Policy.mcp(issuer: "https://id.example.com", audience: "https://mcp.example.com/mcp")
let verifier = try Verifier(policy)  // finds the issuer's keys by its metadata and keeps them fresh

func caller(authorization: [String]) async throws(DoorwardError) -> String? {
  let principal = try await verifier.authenticate(Bearer.token(in: authorization))
  try principal.require("notes:read")
  return principal.subject
}
