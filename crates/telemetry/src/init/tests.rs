use super::*;

#[test]
fn a_service_is_named_versioned_and_told_from_others_of_its_kind() {
    let resource = resource("bands-api", "1.2.3");
    let text = |key: &'static str| resource.get(&key.into()).map(|value| value.to_string());

    assert_eq!(text("service.name").as_deref(), Some("bands-api"));
    assert_eq!(text("service.version").as_deref(), Some("1.2.3"));
    assert_eq!(text("telemetry.sdk.language").as_deref(), Some("rust"));
    assert_eq!(text("process.pid"), Some(std::process::id().to_string()));
    let instance = text("service.instance.id").unwrap();
    assert!(instance.parse::<uuid::Uuid>().is_ok(), "{instance}");
}
