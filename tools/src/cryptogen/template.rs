//! The templates of names: Go's `text/template`, of which names use `{{.Field}}` only.

/// Why a template cannot be filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `{{` without its `}}`.
    #[error("Error parsing template: '{template}' has '{{{{' without '}}}}'")]
    Unclosed {
        /// The template.
        template: String,
    },
    /// Something that is not the name of a field.
    #[error("Error executing template: '{template}' asks for '{action}'; write one of {known}")]
    Field {
        /// The template.
        template: String,
        /// What stands between the braces.
        action: String,
        /// What may stand there.
        known: String,
    },
}

/// Fills in `template`.
pub fn render(template: &str, fields: &[(&str, &str)]) -> Result<String, TemplateError> {
    let mut output = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let unclosed = || TemplateError::Unclosed { template: template.to_owned() };
        let (action, after) = after.split_once("}}").ok_or_else(unclosed)?;
        output.push_str(before);
        let name = action.trim();
        let field = fields.iter().find(|(field, _)| name.strip_prefix('.') == Some(field));
        let (_, value) = field.ok_or_else(|| TemplateError::Field {
            template: template.to_owned(),
            action: name.to_owned(),
            known: fields.iter().map(|(field, _)| format!("{{{{.{field}}}}}")).collect::<Vec<_>>().join(", "),
        })?;
        output.push_str(value);
        rest = after;
    }
    Ok(output + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [(&str, &str); 2] = [("Hostname", "peer0"), ("Domain", "org1.example.com")];

    #[test]
    fn fields_are_filled_in() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("{{.Hostname}}.{{ .Domain }}", "peer0.org1.example.com"),
            ("a{{.Hostname}}", "apeer0"),
            ("}}", "}}"),
        ];
        for (template, expected) in cases {
            assert_eq!(render(template, &FIELDS).expect(template), expected);
        }
    }

    #[test]
    fn mistakes_say_what_may_be_written() {
        let error = render("x{{.Nope}}", &FIELDS).expect_err("no field");
        assert_eq!(
            error.to_string(),
            "Error executing template: 'x{{.Nope}}' asks for '.Nope'; write one of {{.Hostname}}, {{.Domain}}"
        );
        let error = render("{{.Hostname", &FIELDS).expect_err("not closed");
        assert_eq!(error.to_string(), "Error parsing template: '{{.Hostname' has '{{' without '}}'");
        assert!(render("{{Hostname}}", &FIELDS).is_err());
        assert!(render("{{}}", &FIELDS).is_err());
    }
}
