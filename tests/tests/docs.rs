//! The pages on identity providers and relaxations, held against the tables of core: all that there is, and no more.

use std::collections::BTreeSet;
use std::fs;

use doorward::jwt::Relaxation;
use doorward::provider::Provider;

fn page(name: &str) -> String {
    fs::read_to_string(doorward_tests::path("../docs").join(name)).unwrap()
}

/// The sections of a page by their headings, which are names: `entra` in "## `entra`".
fn sections(page: &str) -> Vec<(&str, &str)> {
    page.split("\n## `").skip(1).map(|section| section.split_once("`\n").unwrap()).collect()
}

/// The code of a language in a section.
fn code<'p>(section: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    section.split(&*fence).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

fn words_in<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> BTreeSet<&'w str> {
    words.filter(|word| text.contains(&format!("`{word}`"))).collect()
}

#[test]
fn every_relaxation_has_its_section() {
    let page = page("relaxations.md");
    assert!(sections(&page).iter().map(|(name, _)| *name).eq(Relaxation::ALL.iter().map(|one| one.name())));
}

#[test]
fn every_provider_has_its_recipe() {
    let page = page("providers.md");
    let sections = sections(&page);
    assert!(sections.iter().map(|(name, _)| *name).eq(Provider::ALL.iter().map(|provider| provider.name)));
    for (provider, (name, section)) in Provider::ALL.iter().zip(sections) {
        let (relaxed, rest) = section.split_once("**Relaxed.**").unwrap().1.split_once("\n\n").unwrap();
        // What a profile relaxes as another one does is documented there, by its name.
        let own: BTreeSet<_> = provider.relaxations.iter().map(|one| one.name()).collect();
        assert_eq!(words_in(relaxed, Relaxation::ALL.iter().map(|one| one.name())), own, "{name}");
        for source in provider.sources {
            assert!(rest.contains(&format!("({}), {}", source.url, source.date)), "{name}: {}", source.url);
        }
        assert_eq!(rest.split("](https://").count() - 1, provider.sources.len(), "{name}");
        assert_eq!(section.contains("**Unverified.**"), provider.note.contains("unverified"), "{name}");
        let sentences = section.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(sentences.contains("must require a scope"), provider.needs_scope, "{name}");
        if let Some(header) = provider.header {
            assert!(section.contains(header), "{name}");
        }

        let [python] = code(section, "python")[..] else { panic!("{name}") };
        let [c] = code(section, "c")[..] else { panic!("{name}") };
        let [nginx] = code(section, "nginx")[..] else { panic!("{name}") };
        assert!(python.contains(&format!("provider=\"{name}\"")), "{python}");
        let dictionary = python.split_once("parameters={").map_or("", |(_, rest)| rest.split_once('}').unwrap().0);
        let in_python: Vec<_> =
            dictionary.split('"').skip(1).step_by(4).zip(dictionary.split('"').skip(3).step_by(4)).collect();

        let texts: Vec<_> =
            c.split("doorward_string(\"").skip(1).map(|rest| rest.split_once("\")").unwrap().0).collect();
        assert_eq!(texts[0], name);
        let in_c: Vec<_> = texts[1].split("\\n").filter_map(|line| line.split_once('=')).collect();

        let line = nginx.split_once(&format!("  provider {name}")).unwrap().1.split_once(';').unwrap().0;
        let in_nginx: Vec<_> = line.split_whitespace().map(|word| word.split_once('=').unwrap()).collect();

        let names: Vec<_> = in_python.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, provider.parameters().collect::<Vec<_>>(), "{name}");
        assert!(in_c == in_python && in_nginx == in_python, "{name}: {in_python:?} {in_c:?} {in_nginx:?}");
        assert!(provider.with(in_python).is_ok(), "{name}");
        // One value in each of the three languages.
        for (in_python, in_c, in_nginx) in [
            ("audience=", "doorward_policy_audience(", "  audience "),
            ("clients=", "doorward_policy_client_binding(", "  clients "),
            ("tenants=", "tenants", "  tenants "),
            (" scopes=", "doorward_policy_scopes(", "  scopes "),
            ("scope_prefix=", "doorward_policy_scope_prefix(", "  scope_prefix "),
        ] {
            let there = python.contains(in_python);
            assert_eq!(nginx.contains(in_nginx), there, "{name}: {in_nginx}");
            let in_c = if in_c == "tenants" { !texts[2].is_empty() } else { c.contains(in_c) };
            assert_eq!(in_c, there, "{name}: {in_python}");
        }
    }
}
