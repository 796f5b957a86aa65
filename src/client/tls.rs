//! TLS by rustls: which roots are trusted, who we are, and what is checked.
//!
//! ```text
//! --cacert, --cacertdir      these roots alone      \
//! neither                    the system's            >-- chain --+
//! --insecure                 nothing is checked                  +-- name (unless it is redis-cli's way)
//! --sni NAME                 the name that is asked for and checked, else the host
//! ```
//!
//! redis-cli checks the chain and no name: `check_name` is off for its face.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

use super::connection::Socket;

/// How a connection is secured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// A file of trusted roots in PEM form.
    pub ca_file: Option<PathBuf>,
    /// A folder of such files.
    pub ca_folder: Option<PathBuf>,
    /// Our own certificate chain in PEM form.
    pub cert: Option<PathBuf>,
    /// Its private key in PEM form, not encrypted.
    pub key: Option<PathBuf>,
    /// The name to ask for and to check, instead of the host.
    pub server_name: Option<String>,
    /// Whether nothing is checked.
    pub insecure: bool,
    /// Whether the certificate must be for the name.
    pub check_name: bool,
}

/// Secures a connection to `host`.
///
/// # Errors
/// A file cannot be used, or the handshake failed: in words for the user.
pub(super) async fn secure(stream: Box<dyn Socket>, host: &str, tls: &Tls) -> io::Result<Box<dyn Socket>> {
    let config = config(tls)?;
    let name = tls.server_name.as_deref().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name.clone())
        .map_err(|_| other(format!("'{name}' cannot be the name in a certificate")))?;
    let secured: TlsStream<Box<dyn Socket>> =
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(explain)?;
    Ok(Box::new(secured))
}

/// The handshake's failure in words that say what to do.
fn explain(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let words = match cause {
        Some(TlsError::InvalidCertificate(reason)) => match reason {
            CertificateError::UnknownIssuer => {
                "the server's certificate is signed by nobody who is trusted (--cacert FILE names who is)"
                    .to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name (--sni NAME says which)".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired".to_owned()
            }
            reason => format!("the server's certificate is not accepted: {reason}"),
        },
        Some(TlsError::InvalidMessage(_)) => "the server does not speak TLS on this port".to_owned(),
        Some(TlsError::AlertReceived(alert)) => format!("the server ended the TLS handshake: {alert:?}"),
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection ended in the TLS handshake: the port may not speak TLS".to_owned()
        }
        _ => return error,
    };
    other(words)
}

fn other(words: String) -> io::Error {
    io::Error::other(words)
}

fn config(tls: &Tls) -> io::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(tls, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| other(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let (Some(cert), Some(key)) = (&tls.cert, &tls.key) else {
        if tls.cert.is_some() || tls.key.is_some() {
            return Err(other("--cert and --key are given together".to_owned()));
        }
        return Ok(builder.with_no_client_auth());
    };
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error.to_string()))?;
    let chain = certificates(cert)?;
    builder.with_client_auth_cert(chain, key).map_err(|error| unreadable(cert, &error.to_string()))
}

fn unreadable(path: &Path, reason: &str) -> io::Error {
    other(format!("{} cannot be used: {reason}", path.display()))
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let failed = |error: tokio_rustls::rustls::pki_types::pem::Error| unreadable(path, &error.to_string());
    CertificateDer::pem_file_iter(path).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
}

/// The trusted roots.
fn roots(tls: &Tls) -> io::Result<RootCertStore> {
    let mut files: Vec<PathBuf> = tls.ca_file.iter().cloned().collect();
    if let Some(folder) = &tls.ca_folder {
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
        files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    let mut store = RootCertStore::empty();
    if tls.ca_file.is_none() && tls.ca_folder.is_none() {
        // What the system offers and cannot be read is not trusted; nothing more.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    for file in files {
        store.add_parsable_certificates(certificates(&file)?);
    }
    if store.is_empty() {
        return Err(other(
            "there are no trusted roots (--cacert FILE names some, --insecure does without)".to_owned(),
        ));
    }
    Ok(store)
}

fn verifier(tls: &Tls, provider: &Arc<CryptoProvider>) -> io::Result<Arc<dyn ServerCertVerifier>> {
    if tls.insecure {
        return Ok(Arc::new(Lenient { chain: None, provider: Arc::clone(provider) }));
    }
    let roots = Arc::new(roots(tls)?);
    let strict = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
    let strict = strict.map_err(|error| other(error.to_string()))?;
    match tls.check_name {
        true => Ok(strict),
        false => Ok(Arc::new(Lenient { chain: Some(strict), provider: Arc::clone(provider) })),
    }
}

/// Checks the chain but not the name, or nothing. The handshake's signatures are checked all the same: the server
/// holds the key of the certificate it shows.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_said_before_anything_is_sent() {
        let cert = Tls { cert: Some("c.pem".into()), insecure: true, ..Tls::default() };
        assert!(config(&cert).unwrap_err().to_string().contains("--cert and --key"));
        let file = Tls { ca_file: Some("/nonexistent.pem".into()), ..Tls::default() };
        assert!(config(&file).unwrap_err().to_string().contains("/nonexistent.pem cannot be used"));
        let folder = tempfile::tempdir().unwrap();
        let empty = Tls { ca_folder: Some(folder.path().to_owned()), ..Tls::default() };
        assert!(config(&empty).unwrap_err().to_string().contains("no trusted roots"));
    }
}
