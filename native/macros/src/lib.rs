//! The attribute of everything that Python calls.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Attribute, Block, Error, ImplItem, Item, ReturnType, Signature, Type, parse_macro_input, parse_quote};

/// Stands right before `#[pyfunction]`, `#[pymethods]` or `#[pymodule]`: each function runs in `crate::python::caught`,
/// where a panic becomes an error, and returns a `PyResult` whatever it was written to return.
#[proc_macro_attribute]
pub fn binding(_: TokenStream, item: TokenStream) -> TokenStream {
    match parse_macro_input!(item as Item) {
        Item::Fn(mut function) if is_seen_by_python(&function.attrs) => {
            catch(&mut function.sig, &mut function.block);
            quote!(#function).into()
        }
        Item::Impl(mut methods) if is_seen_by_python(&methods.attrs) => {
            for item in &mut methods.items {
                if let ImplItem::Fn(method) = item {
                    catch(&mut method.sig, &mut method.block);
                }
            }
            quote!(#methods).into()
        }
        other => Error::new_spanned(other, "`binding` stands before an attribute of PyO3's").to_compile_error().into(),
    }
}

/// PyO3 must see what this makes of the function, and so comes after it.
fn is_seen_by_python(attributes: &[Attribute]) -> bool {
    let names = ["pyfunction", "pymethods", "pymodule"];
    attributes.iter().any(|attribute| names.iter().any(|name| attribute.path().is_ident(name)))
}

fn catch(signature: &mut Signature, body: &mut Block) {
    let returned: Type = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, returned) => (**returned).clone(),
    };
    if is_result(&returned) {
        *body = parse_quote!({ crate::python::caught(move || -> #returned #body).flatten() });
    } else {
        signature.output = parse_quote!(-> ::pyo3::PyResult<#returned>);
        *body = parse_quote!({ crate::python::caught(move || -> #returned #body) });
    }
}

fn is_result(returned: &Type) -> bool {
    let Type::Path(path) = returned else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "PyResult")
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::ItemFn;

    use super::*;

    fn caught(mut function: ItemFn) -> String {
        catch(&mut function.sig, &mut function.block);
        function.to_token_stream().to_string()
    }

    #[test]
    fn a_value_becomes_a_result() {
        let expected: ItemFn = parse_quote! {
            fn get(&self, at: u32) -> ::pyo3::PyResult<u32> {
                crate::python::caught(move || -> u32 { if at > 3 { return 0; } self.0[at] })
            }
        };
        let written = parse_quote!(
            fn get(&self, at: u32) -> u32 {
                if at > 3 {
                    return 0;
                }
                self.0[at]
            }
        );
        assert_eq!(caught(written), expected.to_token_stream().to_string());
    }

    #[test]
    fn nothing_becomes_a_result() {
        let expected: ItemFn = parse_quote!(
            fn kill(&self) -> ::pyo3::PyResult<()> {
                crate::python::caught(move || -> () {
                    self.0.kill();
                })
            }
        );
        let written = parse_quote!(
            fn kill(&self) {
                self.0.kill();
            }
        );
        assert_eq!(caught(written), expected.to_token_stream().to_string());
    }

    #[test]
    fn a_result_stays_one() {
        let expected: ItemFn = parse_quote! {
            fn get(&self) -> PyResult<u32> { crate::python::caught(move || -> PyResult<u32> { self.0.get() }).flatten() }
        };
        let written = parse_quote!(
            fn get(&self) -> PyResult<u32> {
                self.0.get()
            }
        );
        assert_eq!(caught(written), expected.to_token_stream().to_string());
    }
}
