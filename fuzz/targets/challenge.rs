//! The WWW-Authenticate header, a value for each line: what is read is what its standards allow, and is read again as it is
//! written.
#![no_main]

use doorward::Error;
use doorward::oauth::bearer::Challenge;
use doorward::oauth::challenge::{MAX_CHALLENGE_LENGTH, ReceivedChallenge};
use doorward::oauth::scope::ScopeList;
use doorward::text::uri::Uri;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let values = || data.split(|byte| *byte == b'\n');
    let longest = values().map(<[u8]>::len).max().unwrap_or_default();
    let mut out = vec![0; longest];
    let found = bounded(data.len(), 300, 4000, || ReceivedChallenge::parse(values(), &mut out));
    let found = match found {
        Ok(found) => found,
        Err(Error::ChallengeMissing) => return,
        Err(error) => return assert_eq!(error, Error::ChallengeMalformed),
    };
    assert!(values().map(<[u8]>::len).sum::<usize>() <= MAX_CHALLENGE_LENGTH || longest <= MAX_CHALLENGE_LENGTH);
    assert!(found.scope.is_none_or(|scope| !scope.as_str().is_empty() && ScopeList::parse(scope.as_str()) == Ok(scope)));
    assert!(found.resource_metadata.is_none_or(|url| Uri::parse(url).is_ok()));
    let scope = found.scope.map(|scope| scope.as_str());
    let all = [("error", found.error), ("scope", scope), ("resource_metadata", found.resource_metadata)];
    let all = all.into_iter().filter_map(|(name, value)| Some((name, value?))).filter(|pair| {
        let good = Challenge::new([*pair]).is_ok();
        assert!(good || pair.0 == "error");
        good
    });
    let (mut written, mut again) = (vec![0; 2 * longest + 100], vec![0; 2 * longest + 100]);
    if let Ok(challenge) = Challenge::new(all) {
        let written = challenge.write(&mut written).unwrap();
        let read = ReceivedChallenge::parse([written.as_bytes()], &mut again).unwrap();
        assert_eq!((read.scope, read.resource_metadata), (found.scope, found.resource_metadata));
    }
});
