//! Query strings as clients write lists and objects in them: `x=1&x=2`, `x[]=1`, `x[0]=1`,
//! `filter[tagIds][0]=1`, with brackets as they are or percent-encoded.

use percent_encoding::percent_decode_str;

use crate::answer::Fault;

/// Most parameters of a request.
const MOST: usize = 1_000;
/// Deepest nesting of names.
const DEEPEST: usize = 4;
/// Longest name that is repeated to the caller.
const MAX_SHOWN: usize = 64;

/// Parameters that are taken out one by one; what is left at the end was misspelled, and is refused:
/// a filter that is passed over would answer with everything.
#[derive(Debug, Default)]
pub struct Query(Vec<Parameter>);

#[derive(Debug, PartialEq, Eq)]
struct Parameter {
    /// `filter[tagIds]`, without the index.
    name: String,
    /// Its place among those of its name. Only ever compared, however large.
    index: Option<Index>,
    value: String,
}

/// Digits without leading zeros: of two, the longer is the larger.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index(usize, String);

impl Query {
    /// # Errors
    ///
    /// [`Fault::Invalid`] for what cannot be read, or is too much. So with every question below.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let pairs: Vec<_> = text.split('&').filter(|pair| !pair.is_empty()).collect();
        if pairs.len() > MOST {
            return Err(Fault::invalid(format!("more than {MOST} parameters")));
        }
        pairs.into_iter().map(parameter).collect::<Result<_, _>>().map(Self)
    }

    /// The one value of a parameter, by any of its names.
    pub fn one(&mut self, names: &[&str]) -> Result<Option<String>, Fault> {
        let mut values = self.take(names);
        let value = values.pop();
        let listed = value.as_ref().is_some_and(|value| value.index.is_some());
        if !values.is_empty() || listed {
            return Err(Fault::invalid(format!("{} may be given once", names[0])));
        }
        Ok(value.map(|value| value.value))
    }

    /// The same, and an empty text is as good as none.
    pub fn required(&mut self, names: &[&str]) -> Result<String, Fault> {
        let value = self.one(names)?.filter(|value| !value.is_empty());
        value.ok_or_else(|| Fault::invalid(format!("{} is required", names[0])))
    }

    /// Every value of a parameter, by any of its names: those with an index in its order, then the
    /// others as they came.
    pub fn list(&mut self, names: &[&str]) -> Result<Vec<String>, Fault> {
        let mut values = self.take(names);
        values.sort_by(|a, b| match (&a.index, &b.index) {
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        Ok(values.into_iter().map(|value| value.value).collect())
    }

    /// Nothing may be left over.
    pub fn end(self) -> Result<(), Fault> {
        match self.0.first() {
            None => Ok(()),
            Some(Parameter { name, .. }) => {
                let shown: String = name.chars().take(MAX_SHOWN).collect();
                Err(Fault::invalid(format!("unknown parameter {shown:?}")))
            }
        }
    }

    fn take(&mut self, names: &[&str]) -> Vec<Parameter> {
        let named = |parameter: &mut Parameter| names.contains(&parameter.name.as_str());
        self.0.extract_if(.., named).collect()
    }
}

fn parameter(pair: &str) -> Result<Parameter, Fault> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (name, index) = split(&decoded(name)?)?;
    Ok(Parameter { name, index, value: decoded(value)? })
}

/// A name without the index at its end, and the index.
fn split(name: &str) -> Result<(String, Option<Index>), Fault> {
    let malformed = || Fault::invalid("a parameter has a name with unmatched brackets");
    let (base, nested) = match name.split_once('[') {
        None if name.contains(']') => return Err(malformed()),
        None => return Ok((name.to_owned(), None)),
        Some((base, nested)) => (base, nested.strip_suffix(']').ok_or_else(malformed)?),
    };
    let mut parts: Vec<_> = nested.split("][").collect();
    let within = |part: &&str| !part.contains(['[', ']']);
    if parts.len() > DEEPEST || base.contains(']') || !parts.iter().all(within) {
        return Err(malformed());
    }
    let is_index = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let index = parts.pop_if(|part| is_index(&&**part)).map(|digits| {
        let digits = digits.trim_start_matches('0');
        Index(digits.len(), digits.to_owned())
    });
    let nested: String = parts.iter().map(|part| format!("[{part}]")).collect();
    Ok((format!("{base}{nested}"), index))
}

/// A plus is a space, as forms have it.
fn decoded(text: &str) -> Result<String, Fault> {
    let text = text.replace('+', " ");
    let text = percent_decode_str(&text).decode_utf8();
    text.map(Into::into).map_err(|_| Fault::invalid("a parameter is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    fn list(text: &str) -> Vec<String> {
        query(text).list(&["filter[tagIds]", "filters[tags][selectedIds]"]).unwrap()
    }

    #[test]
    fn a_list_is_read_however_a_client_writes_it() {
        for text in [
            "filter[tagIds][0]=a&filter[tagIds][1]=b",
            "filter%5BtagIds%5D%5B0%5D=a&filter%5BtagIds%5D%5B1%5D=b",
            "filter%5btagIds%5d[]=a&filter[tagIds][]=b",
            "filter[tagIds]=a&filter[tagIds]=b",
            "filters[tags][selectedIds][0]=a&filters[tags][selectedIds][1]=b",
            "&filter[tagIds][]=a&&filter[tagIds][]=b&",
        ] {
            assert_eq!(list(text), ["a", "b"], "{text}");
        }
        assert_eq!(list("other=1"), [""; 0]);
    }

    #[test]
    fn an_index_orders_and_does_nothing_else() {
        let huge = "9".repeat(400);
        let text = format!(
            "filter[tagIds][{huge}]=c&filter[tagIds]=d&filter[tagIds][10]=b&filter[tagIds][009]=a"
        );

        assert_eq!(list(&text), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_single_value_is_given_once_and_by_one_of_its_names() {
        let names = &["cursor[id]", "cursorId"][..];
        assert_eq!(query("cursor%5Bid%5D=a%20b+c").one(names).unwrap().as_deref(), Some("a b c"));
        assert_eq!(query("cursorId=x").one(names).unwrap().as_deref(), Some("x"));
        assert_eq!(query("").one(names).unwrap(), None);
        for twice in ["cursorId=x&cursorId=x", "cursorId=x&cursor[id]=x", "cursorId[]=x"] {
            assert!(query(twice).one(names).is_err(), "{twice}");
        }
        assert_eq!(
            query("limit").required(&["limit"]).unwrap_err().to_string(),
            "limit is required"
        );
    }

    #[test]
    fn what_nobody_asked_for_is_refused_by_name() {
        let mut some = query("limit=1&filter[tagIDs][0]=a");
        some.one(&["limit"]).unwrap();

        let refused = some.end().unwrap_err().to_string();

        assert_eq!(refused, "unknown parameter \"filter[tagIDs]\"");
        assert!(query("").end().is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for wrong in ["a[=1", "a]=1", "a[b=1", "a[b]c=1", "a[[b]]=1", "a[b][c][d][e][f]=1", "a=%ff"]
        {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Query::parse(&"a=1&".repeat(MOST + 1)).is_err());
        assert!(Query::parse(&"a=1&".repeat(MOST)).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = Query::parse(&text).map(Query::end);
        }

        #[test]
        fn values_come_back_as_they_were_encoded(value in ".*") {
            let encoded: String =
                percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).collect();
            let read = query(&format!("x%5B%5D={encoded}")).list(&["x"]).unwrap();
            prop_assert_eq!(read, [value]);
        }
    }
}
