import Doorward
import DoorwardBridge
import Foundation
import Testing

/// What is written down on this side is what core has.
@Suite struct ErrorTests {
  @Test func numbersAndNamesAreThoseOfCore() throws {
    let core = try constants().errors
    #expect(DoorwardError.Code.allCases.map(\.rawValue) == core.map(\.number))
    #expect(DoorwardError.Code.allCases.map(\.name) == core.map(\.name))
    for (code, number, name) in [
      (.tokenTooLong, 101, "token_too_long"), (.tokenExpired, 303, "token_expired"),
      (.keysUnavailable, 501, "keys_unavailable"), (.apiKeyMismatch, 703, "api_key_mismatch"),
    ] as [(DoorwardError.Code, UInt16, String)] {
      #expect(code.rawValue == number && "\(code)" == name)
    }
    for row in core {
      let error = DoorwardError(.init(rawValue: row.number))
      #expect(error.number == row.number && error.name == row.name)
      #expect(error.status == Int(row.status) && error.oauthError == row.oauthError)
    }
  }

  @Test func algorithmsAndRelaxationsAreThoseOfCore() throws {
    let core = try constants()
    #expect(Doorward.Relaxation.allCases.map(\.rawValue) == core.relaxations)
    #expect(
      Doorward.Algorithm.publicKey == [
        .rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .es256, .es384, .es512, .ed25519,
      ])
    #expect(Doorward.Algorithm.sharedSecret == [.hs256, .hs384, .hs512])
    #expect(try Doorward.Algorithm(name: "EdDSA") == .ed25519)
    #expect(throws: DoorwardError(.algorithmUnknown)) { try Doorward.Algorithm(name: "none") }
  }

  @Test func theLibraryFailingIsAnErrorToo() {
    let error = DoorwardError(.libraryFailed)
    #expect(error.number == 0 && error.name == "library_failed" && error.status == 500 && error.oauthError == nil)
  }

  @Test func descriptionsAreForTheLogAndTextsForTheCaller() throws {
    let token = String(repeating: "a", count: 20_000)
    let authenticator = try Authenticator(.mcp(issuer: "https://i", audience: "https://a"))
    let error = try #require(refusal { try authenticator.authenticate(token) })
    #expect(error.code == .tokenTooLong)
    #expect(error.description == "token_too_long limit=16384 actual=20000")
    #expect(error.localizedDescription == "The access token is not valid for this resource")
    for code in DoorwardError.Code.allCases {
      #expect(!DoorwardError(code).localizedDescription.contains(code.name))
    }
  }

}
