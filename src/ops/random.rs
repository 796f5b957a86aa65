//! Words that nobody else chose: test keys, folder names, throw-away passwords.

/// 128 random bits in hexadecimal.
///
/// # Errors
/// The system's reason for having no random numbers.
pub fn word() -> Result<String, String> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
