//! The list of active faults: `GET` shows it, `POST` replaces it while the sandbox runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};

use crate::sandbox::app::App;
use crate::sandbox::body;
use crate::sandbox::detail::DetailError;
use crate::sandbox::faults::Fault;

/// The most faults at one time: every request is checked against each of them.
const MAX_FAULTS: usize = 100;

/// `GET`.
pub(super) async fn show(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "faults": app.lock().faults.specs() }))
}

/// `POST`: takes `{"faults":["latency=2s@token", …]}`, all or nothing, and answers with the list that is then active.
pub(super) async fn replace(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, DetailError> {
    let body = body::read(request.into_body()).await?;
    let faults = parse(&body)?;
    let mut state = app.lock();
    state.faults.set(faults);
    Ok(Json(json!({ "faults": state.faults.specs() })))
}

fn parse(body: &[u8]) -> Result<Vec<Fault>, DetailError> {
    const SHAPE: &str = r#"write `{"faults":["latency=2s@token"]}`, with any number of faults"#;
    let invalid =
        |kind: &str, at: Value, message: &str, input: &Value| DetailError::validation(kind, at, message, input.clone());
    let body: Value = serde_json::from_slice(body).map_err(|error| {
        let message = format!("JSON decode error: {error}; {SHAPE}");
        invalid("json_invalid", json!(["body"]), &message, &json!({}))
    })?;
    if let Some(other) = body
        .as_object()
        .and_then(|body| body.keys().find(|key| *key != "faults"))
    {
        let message = format!("Extra inputs are not permitted; {SHAPE}");
        return Err(invalid("extra_forbidden", json!(["body", other]), &message, &body));
    }
    let Some(list) = body.get("faults") else {
        let message = format!("Field required; {SHAPE}");
        return Err(invalid("missing", json!(["body", "faults"]), &message, &body));
    };
    let Some(specs) = list.as_array().filter(|specs| specs.len() <= MAX_FAULTS) else {
        let message = format!("Input should be a list of at most {MAX_FAULTS} faults; {SHAPE}");
        return Err(invalid("list_type", json!(["body", "faults"]), &message, list));
    };
    let fault = |(index, spec): (usize, &Value)| {
        let at = json!(["body", "faults", index]);
        let Some(text) = spec.as_str() else {
            return Err(invalid("string_type", at, "Input should be a valid string", spec));
        };
        text.parse::<Fault>().map_err(|error| {
            let message = format!("{error}; {}", error.hint());
            invalid("value_error", at, &message, spec)
        })
    };
    specs.iter().enumerate().map(fault).collect()
}
