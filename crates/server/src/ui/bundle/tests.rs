use super::*;

fn bundle(files: &[(&str, &str)]) -> Result<String, BundleError> {
    script("app.js", &|path| {
        let file = files.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| (*text).to_owned())
    })
}

#[test]
fn modules_come_once_and_behind_those_that_they_import() {
    let files = [
        (
            "app.js",
            "// Where it starts.\n\nimport { render } from \"preact\";\n\nimport { a } from \"./pages/a.js\";\n             import {\n  b,\n  longer as short,\n} from \"./lib/b.js\";\n\nrender(a, b, short);\n",
        ),
        (
            "pages/a.js",
            "/** import { x } from \"./x.js\"; */\nimport h from \"htm\";\n             import { b } from \"../lib/b.js\";\nexport const a = h(b);\n",
        ),
        (
            "lib/b.js",
            "export function b(one) {}\nexport async function longer() {}\nexport class C {}\nconst own = 1;\n",
        ),
    ];
    let expected = r#"import * as $package0 from "preact";
import * as $package1 from "htm";
// lib/b.js
const $module0 = (() => {
function b(one) {}
async function longer() {}
class C {}
const own = 1;
return { b, longer, C };
})();
// pages/a.js
const $module1 = (() => {
const { default: h } = $package1;
const { b } = $module0;
const a = h(b);
return { a };
})();
// app.js
const $module2 = (() => {
const { render } = $package0;
const { a } = $module1;
const {
  b,
  longer: short,
} = $module0;
render(a, b, short);
return {  };
})();
"#;
    assert_eq!(bundle(&files).unwrap(), expected);
}

#[test]
fn what_is_not_there_is_named() {
    let error = bundle(&[("app.js", "import { a } from \"./lib/a.js\";\n")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "app.js names lib/a.js, which is not there"
    );
    assert!(matches!(bundle(&[]), Err(BundleError::Missing { .. })));
}

#[test]
fn modules_that_import_each_other_are_refused() {
    let files = [
        ("app.js", "import { a } from \"./a.js\";\n"),
        ("a.js", "import { b } from \"./b.js\";\n"),
        ("b.js", "import { a } from \"./a.js\";\n"),
    ];
    let path = "a.js".to_owned();
    assert_eq!(bundle(&files), Err(BundleError::Cycle { path }));
}

#[test]
fn other_ways_to_import_and_export_are_refused() {
    for line in [
        "export default 1;",
        "export let a = 1;",
        "export { a };",
        "export * from \"./b.js\";",
        "export const { a, b } = c;",
        "import * as a from \"./b.js\";",
        "import \"./b.js\";",
        "import a, { b } from \"./b.js\";",
    ] {
        let files = [("app.js", &*format!("{line}\n")), ("b.js", "")];
        let error = bundle(&files).unwrap_err();
        assert!(matches!(error, BundleError::Unknown { .. }), "{error}");
        let named = format!("app.js: `{}", line.trim_end_matches(';'));
        assert!(error.to_string().starts_with(&named), "{error}");
    }
}

#[test]
fn sheets_come_in_the_order_in_which_they_are_named() {
    let source = |path: &str| match path {
        "styles/all.css" => {
            Some("/* All. */\n@import \"./b.css\";\n@import \"./a.css\";\n".to_owned())
        }
        "styles/a.css" => Some("a {}\n".to_owned()),
        "styles/b.css" => Some("b {}\n".to_owned()),
        _ => None,
    };
    let all = styles("styles/all.css", &source).unwrap();
    assert_eq!(
        all,
        "/* All. */\n/* styles/b.css */\nb {}\n\n/* styles/a.css */\na {}\n\n"
    );
    assert!(styles("other.css", &source).is_err());
}
