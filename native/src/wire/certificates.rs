//! The certificates to trust.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::verifier::Verifier;

/// In DER, in the order in which they were added.
#[derive(Clone, Default)]
pub struct Certificates(Vec<CertificateDer<'static>>);

impl Certificates {
    /// Those of the system; how many they are.
    pub fn add_system(&mut self) -> usize {
        let found = rustls_native_certs::load_native_certs().certs;
        let count = found.len();
        self.0.extend(found);
        count
    }

    /// Those of a PEM file, or of the files of a folder: those with names made of hashes, as OpenSSL looks for them, where
    /// there are any, else `.pem`, `.crt` and `.cer`. How many they are.
    pub fn add(&mut self, path: &Path) -> io::Result<usize> {
        let before = self.0.len();
        if path.is_dir() {
            for file in files(path)? {
                self.add_file(&file)?;
            }
        } else {
            self.add_file(path)?;
        }
        Ok(self.0.len() - before)
    }

    /// Each of them.
    pub fn as_der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    fn add_file(&mut self, path: &Path) -> io::Result<()> {
        let text = fs::read(path)?;
        self.0.extend(CertificateDer::pem_slice_iter(&text).filter_map(Result::ok));
        Ok(())
    }

    pub(super) fn config(&self) -> Result<ClientConfig, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.0.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(roots, self.0.clone(), Arc::clone(&provider))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let is_hashed = |path: &std::path::PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_hashed);
    let hashed: Vec<_> = paths.iter().filter(|path| is_hashed(path)).cloned().collect();
    if !hashed.is_empty() {
        return Ok(hashed);
    }
    paths.retain(|path| path.extension().is_some_and(|end| ["pem", "crt", "cer"].iter().any(|known| end == *known)));
    Ok(paths)
}

fn is_hashed(name: &str) -> bool {
    let Some((hash, number)) = name.split_once('.') else { return false };
    hash.len() == 8
        && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
