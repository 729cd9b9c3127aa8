import Doorward
import DoorwardURLSession

let verifier = try Verifier(.mcp(issuer: "https://id.example.com", audience: "https://mcp.example.com/mcp"))
do {
  _ = try verifier.authenticator.authenticate("a.b.c")
} catch {
  print(error.name)
}
