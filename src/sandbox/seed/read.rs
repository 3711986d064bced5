//! Reads a [`Seed`] from TOML: first the shape, by serde, then the checks of values, unique IDs and references.

use std::collections::HashSet;

use toml::Spanned;

use super::error::SeedError;
use super::model::{Client, Code, GrantType, Seed, SeedEntitlement, Tool, User};
use super::raw::{RawClient, RawCode, RawEntitlement, RawSeed, RawUser, Ttl};
use crate::sandbox::redirect;

/// A hundred years: anything longer is a typing mistake.
const MAX_DAYS: i64 = 36_500;
/// The default lifetime of an authorization code, in seconds.
const CODE_TTL: u64 = 60;

pub(super) fn read(text: &str) -> Result<Seed, SeedError> {
    let raw: RawSeed = toml::from_str(text).map_err(|error| SeedError::toml(text, &error))?;
    let check = SeedReader { text };
    check.unique("tool", raw.tools.iter().map(|tool| &tool.id))?;
    check.unique("user", raw.users.iter().map(|user| &user.id))?;
    check.unique("client", raw.clients.iter().map(|client| &client.id))?;
    check.unique("code", raw.codes.iter().map(|code| &code.code))?;

    let whole_file = 0..0;
    if raw.users.is_empty() {
        let no_user = "a seed needs a user; add a [[users]] with an `id` and a `name`";
        return Err(SeedError::at(text, &whole_file, no_user));
    }
    if !raw.clients.is_empty() && raw.clients.iter().all(|client| client.secret.is_some()) {
        let none_public = "at least one of the [[clients]] must be public, that is, have no `secret`";
        return Err(SeedError::at(text, &whole_file, none_public));
    }

    let mut tools = Vec::new();
    for tool in raw.tools {
        tools.push(Tool {
            id: check.text(tool.id)?,
            name: check.text(tool.name)?,
        });
    }
    let users = raw.users.into_iter().map(|user| check.user(user, &tools));
    let users = users.collect::<Result<_, _>>()?;
    let clients = raw.clients.into_iter().map(|client| check.client(client));
    let clients = clients.collect::<Result<_, _>>()?;
    let codes = raw.codes.into_iter().map(|code| check.code(code, &tools));
    let codes = codes.collect::<Result<_, _>>()?;
    Ok(Seed {
        users,
        tools,
        clients,
        codes,
        access_token_ttl: raw.access_token_ttl.0,
        refresh_token_ttl: raw.refresh_token_ttl.0,
        authorization_code_ttl: check.code_ttl(raw.authorization_code_ttl)?,
    })
}

struct SeedReader<'a> {
    text: &'a str,
}

impl SeedReader<'_> {
    fn wrong<T>(&self, value: &Spanned<T>, message: impl Into<String>) -> SeedError {
        SeedError::at(self.text, &value.span(), message)
    }

    fn unique<'v>(&self, what: &str, ids: impl Iterator<Item = &'v Spanned<String>>) -> Result<(), SeedError> {
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(id.get_ref()) {
                let message = format!("duplicate {what} `{}`", id.get_ref().escape_debug());
                return Err(self.wrong(id, message));
            }
        }
        Ok(())
    }

    /// Text for a page, a token or a URL.
    fn text(&self, value: Spanned<String>) -> Result<String, SeedError> {
        if value.get_ref().trim().is_empty() {
            return Err(self.wrong(&value, "must not be empty"));
        }
        if value.get_ref().contains(char::is_control) {
            return Err(self.wrong(&value, "must not have control characters"));
        }
        Ok(value.into_inner())
    }

    fn code_ttl(&self, ttl: Option<Spanned<Ttl>>) -> Result<u64, SeedError> {
        match ttl {
            None => Ok(CODE_TTL),
            Some(ttl) if ttl.get_ref().0 == 0 => {
                let unusable = "with an `authorization_code_ttl` of 0 no sign-in can succeed; the least is \"1s\"";
                Err(self.wrong(&ttl, unusable))
            }
            Some(ttl) => Ok(ttl.into_inner().0),
        }
    }

    fn tool(&self, id: Spanned<String>, tools: &[Tool]) -> Result<String, SeedError> {
        if tools.iter().any(|tool| tool.id == *id.get_ref()) {
            return Ok(id.into_inner());
        }
        let known: Vec<_> = tools.iter().map(|tool| format!("`{}`", tool.id)).collect();
        let known = match known.as_slice() {
            [] => "the file has no [[tools]]".to_owned(),
            known => format!("the file has {}", known.join(", ")),
        };
        let message = format!("unknown tool `{}`; {known}", id.get_ref().escape_debug());
        Err(self.wrong(&id, message))
    }

    fn user(&self, user: RawUser, tools: &[Tool]) -> Result<User, SeedError> {
        let entitlements = user
            .entitlements
            .into_iter()
            .map(|entitlement| self.entitlement(entitlement, tools));
        Ok(User {
            entitlements: entitlements.collect::<Result<_, _>>()?,
            id: self.text(user.id)?,
            name: self.text(user.name)?,
            email: user.email.map(|email| self.text(email)).transpose()?,
            role: user.role,
            admin: user.admin,
        })
    }

    fn entitlement(&self, entitlement: RawEntitlement, tools: &[Tool]) -> Result<SeedEntitlement, SeedError> {
        if entitlement.days.get_ref().unsigned_abs() > MAX_DAYS.unsigned_abs() {
            return Err(self.wrong(&entitlement.days, "`days` must be between -36500 and 36500"));
        }
        Ok(SeedEntitlement {
            tool: self.tool(entitlement.tool, tools)?,
            days: entitlement.days.into_inner(),
            source: entitlement.source,
        })
    }

    fn client(&self, client: RawClient) -> Result<Client, SeedError> {
        let grants = self.grants(client.grants, client.secret.is_none())?;
        if client.redirect_uris.get_ref().is_empty() && grants.contains(&GrantType::AuthorizationCode) {
            let unusable =
                "without a redirect URI no sign-in can succeed; \"http://127.0.0.1/callback\" is the usual one";
            return Err(self.wrong(&client.redirect_uris, unusable));
        }
        let mut redirect_uris = Vec::new();
        for uri in client.redirect_uris.into_inner() {
            if let Err(reason) = redirect::check(uri.get_ref()) {
                let message = format!("`{}` cannot be a redirect URI: {reason}", uri.get_ref().escape_debug());
                return Err(self.wrong(&uri, message));
            }
            redirect_uris.push(uri.into_inner());
        }
        Ok(Client {
            id: self.text(client.id)?,
            name: self.text(client.name)?,
            secret: client.secret.map(|secret| self.text(secret)).transpose()?,
            redirect_uris,
            redeem: client.redeem,
            grants,
        })
    }

    /// Only a confidential client may have no grants: it only introspects. Every other client needs the authorization code grant.
    fn grants(&self, grants: Option<Spanned<Vec<GrantType>>>, public: bool) -> Result<Vec<GrantType>, SeedError> {
        let Some(grants) = grants else {
            return Ok(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]);
        };
        let only_introspects = grants.get_ref().is_empty() && !public;
        if !only_introspects && !grants.get_ref().contains(&GrantType::AuthorizationCode) {
            let unusable = "without the grant \"authorization_code\" no sign-in can succeed";
            return Err(self.wrong(&grants, unusable));
        }
        Ok(grants.into_inner())
    }

    fn code(&self, code: RawCode, tools: &[Tool]) -> Result<Code, SeedError> {
        let canonical = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        let text = self.text(code.code.clone())?;
        if !text.bytes().all(canonical) {
            let message = format!(
                "`{}` can never be redeemed: codes are upper-case letters, digits and dashes",
                text.escape_debug()
            );
            return Err(self.wrong(&code.code, message));
        }
        let days = u32::try_from(*code.days.get_ref()).unwrap_or_default();
        if !(1..=MAX_DAYS).contains(&i64::from(days)) {
            return Err(self.wrong(&code.days, "`days` must be between 1 and 36500"));
        }
        Ok(Code {
            code: text,
            tool: self.tool(code.tool, tools)?,
            days,
            source: code.source,
            state: code.state,
        })
    }
}
