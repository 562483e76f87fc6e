//! Modules of one crate use each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::{imports::Modules, repository::members};

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_form_no_circles() {
    let mut found = Vec::new();
    for member in members() {
        let library = |source: &std::path::Path| {
            source.ends_with("src/lib.rs") || source.ends_with("src/main.rs")
        };
        for target in member.targets.iter().filter(|target| library(&target.source)) {
            let circles = circles(&Modules::read(&target.source).arrows());
            found.extend(circles.iter().map(|circle| format!("{}: {circle}", member.name)));
        }
    }
    assert!(found.is_empty(), "modules that use each other:\n{}", found.join("\n"));
}

/// Returns the groups of modules that all reach each other, with the arrows between them.
fn circles(arrows: &Arrows) -> Vec<String> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        arrows.keys().map(|from| (from, reachable(arrows, from))).collect();
    let in_circle = |a: &String, b: &String| reached[a].contains(b) && reached[b].contains(a);
    let mut groups: BTreeSet<BTreeSet<&String>> = BTreeSet::new();
    for from in arrows.keys().filter(|from| reached[from].contains(from)) {
        groups.insert(arrows.keys().filter(|to| in_circle(from, to)).collect());
    }
    let within = |group: &BTreeSet<&String>| {
        let pairs = group.iter().flat_map(|from| {
            let inside = arrows[*from].iter().filter(|to| group.contains(to));
            inside.map(move |to| format!("{from} -> {to}"))
        });
        pairs.collect::<Vec<_>>().join(", ")
    };
    groups.iter().map(within).collect()
}

/// Returns the modules that at least one arrow leads to from a module.
fn reachable<'a>(arrows: &'a Arrows, from: &String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&String> = arrows[from].iter().collect();
    while let Some(next) = ahead.pop() {
        if reached.insert(next) {
            ahead.extend(arrows.get(next).into_iter().flatten());
        }
    }
    reached
}

#[test]
fn circles_finds_a_circle_and_ignores_a_chain() {
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows = Arrows::new();
        for (from, to) in pairs {
            arrows.entry((*to).to_owned()).or_default();
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        arrows
    };
    assert_eq!(circles(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])), [""; 0]);
    let circle = arrows(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]);
    assert_eq!(circles(&circle), ["a -> b, b -> c, c -> a"]);
}
