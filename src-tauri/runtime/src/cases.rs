//! Failed sign-ins that are kept beside a set-up, without their people, and judged again after every change.
//!
//! Each is a file of its own in the folder `cases`, written whole; its name is its time and a short id. The key with
//! which they were made lies beside the folder, so that whoever is given a case, or all, is not given the key.

use crate::clock::RandomIds;
use crate::connection::Connection;
use crate::judge::{expected, live_role};
use crate::store::{SetupFiles, StoreError, write_private, write_whole};
use claimbridge_core::diagnose::kept::{KeptCase, Key, LONGEST_CASE, NotACase, Rechecked};
use claimbridge_core::diagnose::{Evidence, LiveRole, TokenEvidence};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{Address, Cloud, Observed, PhysicalId};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Federation, Setup};
use claimbridge_core::time::{Ids, Instant};
use serde_json::Value as Json;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Cases of one set-up; nobody looks through more.
pub const MOST_CASES: usize = 1_000;

/// Why a case could not be kept, read or removed.
#[derive(Debug)]
pub enum CaseProblem {
    /// The disk.
    Store(StoreError),
    /// As many as there may be.
    Full,
    /// No case of that name.
    NoSuch(String),
    /// It is no case.
    Unusable(PathBuf, NotACase),
    /// Something else than a file has the name of a case.
    NoFile(PathBuf),
    /// What lies where the key of the cases belongs is none.
    NoKey(PathBuf),
}

impl fmt::Display for CaseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaseProblem::Store(error) => error.fmt(f),
            CaseProblem::Full => write!(
                f,
                "{MOST_CASES} cases are kept already. Remove those that are no longer needed."
            ),
            CaseProblem::NoSuch(name) => write!(
                f,
                "No case is called “{}”. Look at the names in the list of cases.",
                name.chars().take(100).collect::<String>()
            ),
            CaseProblem::Unusable(path, error) => write!(f, "{}: {error}", path.display()),
            CaseProblem::NoFile(path) => write!(
                f,
                "{} is no file, so it is no case. Move it to another folder.",
                path.display()
            ),
            CaseProblem::NoKey(path) => write!(
                f,
                "{} is not the key of the cases any more: it was damaged. Nothing was written. Put a copy of it back; if there is none, delete it. Then a new key is made, and the cases of before can only be compared in part.",
                path.display()
            ),
        }
    }
}

impl std::error::Error for CaseProblem {}

impl From<StoreError> for CaseProblem {
    fn from(error: StoreError) -> CaseProblem {
        CaseProblem::Store(error)
    }
}

fn disk(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CaseProblem {
    let path = path.to_owned();
    move |error| CaseProblem::Store(StoreError::Io { act, path, error })
}

/// Keeps of a sign-in what can be kept, and returns the name that it has.
///
/// # Errors
/// [`CaseProblem`].
pub fn keep(files: &SetupFiles, evidence: &Evidence) -> Result<(String, KeptCase), CaseProblem> {
    let key = match key(files)? {
        Some(key) => key,
        None => {
            let key = Key::fresh(&RandomIds);
            write_private(&files.case_key(), key.as_str().as_bytes())?;
            key
        }
    };
    let case = KeptCase::of(evidence, &key);
    Ok((put(files, &case)?, case))
}

/// The key of the cases; None while there is none. One that was damaged is not written over: it may be mended.
fn key(files: &SetupFiles) -> Result<Option<Key>, CaseProblem> {
    let path = files.case_key();
    match bytes_of(&path) {
        Ok(bytes) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(Key::parse)
            .map(Some)
            .ok_or(CaseProblem::NoKey(path)),
        Err(CaseProblem::Store(StoreError::Io { error, .. })) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// The key to look at cases with: where it was lost or damaged, nothing that was made with it is known again, and
/// the cases say so.
fn key_of_today(files: &SetupFiles) -> Key {
    key(files)
        .ok()
        .flatten()
        .unwrap_or_else(|| Key::fresh(&RandomIds))
}

fn put(files: &SetupFiles, case: &KeptCase) -> Result<String, CaseProblem> {
    if names(files)?.len() >= MOST_CASES {
        return Err(CaseProblem::Full);
    }
    // 2026-11-22T16:05:09Z → 20261122T160509Z: Windows takes no colon.
    let time: String = case.at.chars().filter(char::is_ascii_alphanumeric).collect();
    let id: String = RandomIds.fresh().chars().take(8).collect();
    let name = format!("{time}-{id}");
    write_private(&path(files, &name), case.to_json().as_bytes())?;
    Ok(name)
}

/// A case as it lies there: one that cannot be read keeps nobody from the others.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The case, or why it cannot be read.
    pub case: Result<KeptCase, CaseProblem>,
    /// It was kept here. What is in another one is as whoever shared it says, the verdict on its signature too.
    pub is_ours: bool,
}

/// All, the newest first.
///
/// # Errors
/// [`CaseProblem::Store`], where the folder cannot be read.
pub fn list(files: &SetupFiles) -> Result<Vec<Listed>, CaseProblem> {
    let key = key_of_today(files);
    let names = names(files)?;
    Ok(names
        .into_iter()
        .map(|name| {
            let case = case_at(&path(files, &name));
            Listed {
                name,
                is_ours: case.as_ref().is_ok_and(|case| case.is_kept_with(&key)),
                case,
            }
        })
        .collect())
}

/// The case in a file of the folder.
fn case_at(path: &Path) -> Result<KeptCase, CaseProblem> {
    if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return Err(CaseProblem::NoFile(path.to_owned()));
    }
    KeptCase::from_json(&bytes_of(path)?).map_err(|e| CaseProblem::Unusable(path.to_owned(), e))
}

/// One case.
///
/// # Errors
/// [`CaseProblem`].
pub fn read(files: &SetupFiles, name: &str) -> Result<KeptCase, CaseProblem> {
    case_at(&there(files, name)?)
}

/// Removes a case.
///
/// # Errors
/// [`CaseProblem`].
pub fn remove(files: &SetupFiles, name: &str) -> Result<(), CaseProblem> {
    let path = there(files, name)?;
    fs::remove_file(&path).map_err(disk("remove", &path))
}

/// Writes a case for others: the domains of addresses are gone as well.
///
/// # Errors
/// [`CaseProblem`]; a file of the set-up or another case is not written over.
pub fn export(files: &SetupFiles, name: &str, out: &Path) -> Result<(), CaseProblem> {
    files.keep_clear_of(out)?;
    let case = read(files, name)?;
    Ok(write_whole(out, case.shared().to_json().as_bytes())?)
}

/// Takes a case that somebody exported, and returns its name here.
///
/// # Errors
/// [`CaseProblem`].
pub fn import(files: &SetupFiles, from: &Path) -> Result<String, CaseProblem> {
    let bytes = bytes_of(from)?;
    let case = KeptCase::from_json(&bytes).map_err(|e| CaseProblem::Unusable(from.to_owned(), e))?;
    put(files, &case)
}

/// A case that was judged again.
#[derive(Debug)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// What became of it, or why it could not be read.
    pub now: Result<Rechecked, CaseProblem>,
    /// As [`Listed::is_ours`].
    pub is_ours: bool,
}

/// Judges every case again by what is there now: `today` is [`today`]'s evidence.
///
/// # Errors
/// [`CaseProblem::Store`], where the folder cannot be read.
pub fn recheck(files: &SetupFiles, today: &Evidence) -> Result<Vec<Judged>, CaseProblem> {
    let key = key_of_today(files);
    Ok(list(files)?
        .into_iter()
        .map(|one| Judged {
            name: one.name,
            now: one.case.map(|case| case.recheck(today, &key)),
            is_ours: one.is_ours,
        })
        .collect())
}

/// What a sign-in would meet: of AWS, where there is a connection, else as the set-up wants it to be.
pub async fn today(
    setup: &Setup,
    bindings: &Bindings,
    connection: Option<&Connection>,
    now: Instant,
) -> Evidence {
    let mut evidence = Evidence::new(now, expected(setup, bindings));
    let mut metadata = setup
        .metadata()
        .filter(|_| !setup.is_temporary())
        .map(str::to_owned);
    let mut clients = None;
    match connection {
        None => evidence.role = wanted(setup, &evidence).map(LiveRole::There),
        Some(connection) => {
            let of_provider = match &setup.federation {
                Federation::Saml { .. } => Address::SamlProvider,
                Federation::Oidc { .. } => Address::OidcProvider,
            };
            let role = PhysicalId(setup.names.role.clone());
            evidence.role = live_role(connection.aws.read(Address::Role, &role).await);
            if let Some(arn) = setup.provider_arn() {
                match connection.aws.read(of_provider, &PhysicalId(arn)).await {
                    Observed::Ready(snapshot) => {
                        evidence.provider_exists = Some(true);
                        let attribute = |name: &str| snapshot.attributes.get(name);
                        metadata = attribute("samlMetadataDocument")
                            .and_then(Json::as_str)
                            .map(str::to_owned)
                            .or(metadata);
                        clients = attribute("clientIdList")
                            .and_then(Json::as_array)
                            .map(|ids| ids.iter().filter_map(Json::as_str).map(str::to_owned).collect());
                    }
                    Observed::Absent => evidence.provider_exists = Some(false),
                    Observed::Failed { .. }
                    | Observed::PendingDeletion { .. }
                    | Observed::Settling { .. }
                    | Observed::Unreadable(_) => {}
                }
            }
        }
    }
    match &setup.federation {
        Federation::Saml { .. } => {
            evidence.metadata = metadata.map(|m| FederationMetadata::parse(m.as_bytes(), None));
        }
        Federation::Oidc {
            issuer, client_id, ..
        } => {
            evidence.token = Some(TokenEvidence {
                issuer: issuer.clone(),
                client_id: client_id.clone(),
                provider_clients: clients,
                ..TokenEvidence::default()
            });
        }
    }
    evidence
}

/// The trust policy that the set-up gives the role; None while what it stands on is not known.
fn wanted(setup: &Setup, evidence: &Evidence) -> Option<TrustPolicy> {
    let provider = setup.provider_arn()?;
    match &setup.federation {
        Federation::Saml { .. } => {
            let mut recipients = vec![evidence.expected.recipient.clone()?];
            recipients.extend(setup.custom_application.as_ref().map(|c| c.url.clone()));
            Some(TrustPolicy::saml(&provider, &recipients))
        }
        Federation::Oidc {
            issuer, client_id, ..
        } => Some(TrustPolicy::oidc(
            &provider,
            issuer.as_ref()?.without_scheme(),
            &[client_id.as_ref()?.to_string()],
        )),
    }
}

fn path(files: &SetupFiles, name: &str) -> PathBuf {
    files.cases().join(format!("{name}.json"))
}

/// Where a case is that is there; a name is no path.
fn there(files: &SetupFiles, name: &str) -> Result<PathBuf, CaseProblem> {
    let path = path(files, name);
    match is_name(name) && path.symlink_metadata().is_ok() {
        true => Ok(path),
        false => Err(CaseProblem::NoSuch(name.to_owned())),
    }
}

fn is_name(name: &str) -> bool {
    (1..=80).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn names(files: &SetupFiles) -> Result<Vec<String>, CaseProblem> {
    let folder = files.cases();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(disk("read", &folder)(error)),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|e| {
            let name = e.file_name().into_string().ok()?;
            name.strip_suffix(".json")
                .filter(|n| is_name(n))
                .map(str::to_owned)
        })
        .collect();
    names.sort_by(|a, b| b.cmp(a));
    names.truncate(MOST_CASES);
    Ok(names)
}

/// No more than a case can have, and one byte that shows that there is more.
fn bytes_of(path: &Path) -> Result<Vec<u8>, CaseProblem> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_CASE as u64 + 1).read_to_end(&mut bytes))
        .map_err(disk("read", path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::diagnose::RuleId;
    use claimbridge_core::idp::IdentityProvider;
    use claimbridge_core::setup::World;
    use claimbridge_core::simulate::{People, ProviderConfiguration, evidence};
    use claimbridge_core::time::parse_instant;
    use claimbridge_core::value::{AccountId, Region};

    fn now() -> Instant {
        parse_instant("2026-11-22T16:05:09Z").unwrap()
    }

    fn setup() -> Setup {
        let account = AccountId::parse("123456789012").unwrap();
        Setup::new(
            "id".into(),
            "q-demo",
            account,
            Region::UsEast1,
            World::Practice,
            IdentityProvider::OktaSaml,
        )
    }

    fn failed() -> Evidence {
        let configuration = ProviderConfiguration::of(&setup(), None);
        let people = People::read(b"login,email\nalice@acme.example,\n").unwrap();
        let mut seen = evidence(&configuration, &people, 0, None, now())
            .unwrap()
            .unwrap();
        seen.captured_at = Some(now());
        seen
    }

    #[tokio::test]
    async fn a_case_is_kept_judged_again_shared_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("q.json"));
        assert!(list(&files).unwrap().is_empty());
        let (name, _) = keep(&files, &failed()).unwrap();
        assert!(name.starts_with("20261122T160509Z-"), "{name}");
        assert!(
            folder
                .path()
                .join("q.cases")
                .join(format!("{name}.json"))
                .is_file()
        );
        // Another file of the folder, and one that is no case.
        fs::write(files.cases().join("notes.txt"), "x").unwrap();
        fs::write(files.cases().join("broken.json"), "{}").unwrap();
        let listed = list(&files).unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().any(|one| one.name == "broken" && one.case.is_err()));

        let today = today(&setup(), &Bindings::default(), None, now()).await;
        assert!(today.trust().is_some());
        let judged = recheck(&files, &today).unwrap();
        let again = judged
            .iter()
            .find(|one| one.name == name)
            .unwrap()
            .now
            .as_ref()
            .unwrap();
        assert!(!again.passes);
        let ids: Vec<RuleId> = again.after.iter().map(|f| f.id).collect();
        assert_eq!(ids, again.before.iter().map(|f| f.id).collect::<Vec<_>>());

        let out = folder.path().join("share.json");
        export(&files, &name, &out).unwrap();
        let text = fs::read_to_string(&out).unwrap();
        assert!(
            !text.contains("acme.example") && !text.contains("alice"),
            "{text}"
        );
        assert!(matches!(
            export(&files, &name, files.path()),
            Err(CaseProblem::Store(StoreError::OwnFile(_)))
        ));
        // The key is one and the same for all, is in no case, and is not written over.
        let key = fs::read_to_string(folder.path().join("q.cases.key")).unwrap();
        let (second, case) = keep(&files, &failed()).unwrap();
        assert_eq!(fs::read_to_string(files.case_key()).unwrap(), key);
        assert!(!case.to_json().contains(&key) && !text.contains(&key));
        remove(&files, &second).unwrap();
        assert!(matches!(
            export(&files, &name, &files.case_key()),
            Err(CaseProblem::Store(StoreError::OwnFile(_)))
        ));
        let imported = import(&files, &out).unwrap();
        assert_ne!(imported, name);
        remove(&files, &name).unwrap();
        assert!(matches!(remove(&files, &name), Err(CaseProblem::NoSuch(_))));
        for bad in ["../q", "", "a/b", "notes.txt"] {
            assert!(matches!(read(&files, bad), Err(CaseProblem::NoSuch(_))), "{bad}");
        }
        assert!(matches!(
            import(&files, &files.cases().join("broken.json")),
            Err(CaseProblem::Unusable(..))
        ));
    }

    fn kept() -> (tempfile::TempDir, SetupFiles, String) {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("q.json"));
        let (name, _) = keep(&files, &failed()).unwrap();
        (folder, files, name)
    }

    #[tokio::test]
    async fn a_key_that_is_lost_or_damaged_stops_nothing_and_is_not_written_over() {
        let (_folder, files, _) = kept();
        let today = today(&setup(), &Bindings::default(), None, now()).await;
        let state = || {
            let now = recheck(&files, &today).unwrap().remove(0);
            (now.is_ours, now.now.unwrap().other_key)
        };
        assert_eq!(state(), (true, false));
        let right = fs::read(files.case_key()).unwrap();
        for damaged in [&right[..20], b"", b"\xff"] {
            fs::write(files.case_key(), damaged).unwrap();
            assert_eq!(state(), (false, true));
            let why = keep(&files, &failed()).unwrap_err();
            assert!(
                matches!(&why, CaseProblem::NoKey(path) if *path == files.case_key()),
                "{why}"
            );
            assert_eq!(fs::read(files.case_key()).unwrap(), damaged);
        }
        fs::write(files.case_key(), right).unwrap();
        assert_eq!(state(), (true, false));
        // A new key: the old case is not comparable, the new one is.
        fs::remove_file(files.case_key()).unwrap();
        assert_eq!(state(), (false, true));
        let (second, _) = keep(&files, &failed()).unwrap();
        for one in recheck(&files, &today).unwrap() {
            assert_eq!(one.is_ours, one.name == second);
            assert_eq!(one.now.unwrap().other_key, one.name != second);
        }
    }

    #[test]
    fn one_that_was_shared_is_not_ours() {
        let (folder, files, name) = kept();
        let out = folder.path().join("share.json");
        export(&files, &name, &out).unwrap();
        let imported = import(&files, &out).unwrap();
        for one in list(&files).unwrap() {
            assert_eq!(one.is_ours, one.name != imported, "{}", one.name);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_a_case_or_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, files, name) = kept();
        for path in [files.case_key(), path(&files, &name)] {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }

    #[test]
    fn a_case_is_not_exported_over_another_nor_into_the_folder() {
        let (folder, files, name) = kept();
        let (second, _) = keep(&files, &failed()).unwrap();
        let before = fs::read(path(&files, &second)).unwrap();
        for out in [
            path(&files, &second),
            path(&files, &name),
            files.cases().join("new.json"),
            folder.path().join("q.cases/../q.cases/new.json"),
        ] {
            let why = export(&files, &name, &out).unwrap_err();
            assert!(
                matches!(why, CaseProblem::Store(StoreError::OwnFile(_))),
                "{}",
                out.display()
            );
        }
        assert_eq!(fs::read(path(&files, &second)).unwrap(), before);
        assert_eq!(list(&files).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_file_is_listed_by_itself() {
        let (_folder, files, name) = kept();
        fs::create_dir(path(&files, "x")).unwrap();
        let listed = list(&files).unwrap();
        assert_eq!(listed.len(), 2);
        for one in listed {
            assert_eq!(one.case.is_ok(), one.name == name, "{}", one.name);
        }
        assert!(matches!(read(&files, "x"), Err(CaseProblem::NoFile(_))));
        assert!(remove(&files, "x").is_err());
    }
}
