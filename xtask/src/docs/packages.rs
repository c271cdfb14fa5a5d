//! Where package managers keep what they have fetched for the pages.

use std::ffi::OsString;

use crate::checkout::Checkout;

/// Variables that lead each of them to a folder that outlives the reader's home folder, so that a
/// package is fetched once; and pip to versions for what a page's packages use in turn.
pub(super) fn environment(checkout: &Checkout) -> Vec<(&'static str, OsString)> {
    let folder = &checkout.packages;
    let pins = checkout.folder.join("conformance/python/requirements.txt");
    let mut maven = OsString::from("-Dmaven.repo.local=");
    maven.push(folder.join("maven"));
    vec![
        ("PIP_CACHE_DIR", folder.join("pip").into()),
        ("PIP_CONSTRAINT", pins.into()),
        ("npm_config_cache", folder.join("npm").into()),
        ("GOMODCACHE", folder.join("go-modules").into()),
        ("GOCACHE", folder.join("go-build").into()),
        ("MAVEN_OPTS", maven),
    ]
}
