//! Set-ups, journals and test records on disk.
//!
//! A set-up is written whole: to a file beside it, flushed, renamed. A journal only grows, and each
//! line is on the disk before the engine acts. One process at a time may apply a set-up.

use crate::clock::SystemClock;
use claimbridge_core::groups::Memory;
use claimbridge_core::journal::{Bindings, Entry, IllegalEntry, Journal, SCHEMA};
use claimbridge_core::report::TestRecord;
use claimbridge_core::setup::{Setup, SetupError};
use claimbridge_core::time::{Clock, format_instant};
use serde::Serialize;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The files of one set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupFiles {
    setup: PathBuf,
}

/// Why files could not be read or written.
#[derive(Debug)]
pub enum StoreError {
    /// The disk.
    Io {
        /// What was being done: "read", "write".
        act: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A set-up, or the journal of one, is there already.
    Exists(PathBuf),
    /// An output would replace a file of the set-up.
    OwnFile(PathBuf),
    /// Another Claimbridge is applying this set-up.
    Locked(PathBuf),
    /// The journal does not fit together.
    Journal(PathBuf, IllegalEntry),
    /// The set-up cannot be used.
    Setup(PathBuf, SetupError),
    /// The test record cannot be read.
    Test(PathBuf, String),
    /// A folder of the store holds the set-up of another id: a copy, for example.
    OtherFolder(PathBuf, String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Io { act, path, error } => {
                let next = if *act == "read" {
                    "Check the path."
                } else {
                    "Check the folder, its permissions and the space that is left."
                };
                write!(f, "Cannot {act} {}: {error}. {next}", path.display())
            }
            StoreError::Exists(path) => write!(
                f,
                "{}, or a journal beside it, is there already. Nothing was written; choose another name.",
                path.display()
            ),
            StoreError::OwnFile(path) => write!(
                f,
                "{} is a file of the set-up itself. Nothing was written; choose another.",
                path.display()
            ),
            StoreError::Locked(path) => write!(
                f,
                "Another Claimbridge is working on {}. Wait until it is done, then try again.",
                path.display()
            ),
            StoreError::Journal(path, error) => write!(f, "{}: {error}", path.display()),
            StoreError::Setup(path, error) => write!(f, "{}: {error}", path.display()),
            StoreError::Test(path, why) => write!(
                f,
                "{} cannot be read: {why}. Delete it; the next test sign-in writes it anew.",
                path.display()
            ),
            StoreError::OtherFolder(path, id) => write!(
                f,
                "{} is the set-up {id} in a folder of another name, a copy perhaps. Nothing is done with it; move the copy elsewhere.",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StoreError {}

fn io_error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { act, path, error }
}

/// Files that were written half, by number.
static PARTS: AtomicU64 = AtomicU64::new(0);

impl SetupFiles {
    /// The set-up in this file; its journal lies beside it.
    pub fn at(setup: impl Into<PathBuf>) -> SetupFiles {
        SetupFiles { setup: setup.into() }
    }

    fn beside(&self, name: &str) -> PathBuf {
        let stem = self
            .setup
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default();
        let name = if stem == "setup" {
            name.to_owned()
        } else {
            format!("{stem}.{name}")
        };
        self.setup.with_file_name(name)
    }

    /// Keeps an output from being written over a file of the set-up.
    ///
    /// # Errors
    /// [`StoreError::OwnFile`].
    pub fn keep_clear_of(&self, out: &Path) -> Result<(), StoreError> {
        let real = |path: &Path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            // Of what is not there yet, the folder may be, by another name.
            let in_folder = || Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
            fs::canonicalize(&path).ok().or_else(in_folder).unwrap_or(path)
        };
        let out_real = real(out);
        let own = [
            "cases.key",
            "groups.jsonl",
            "journal.jsonl",
            "journal.lock",
            "profile",
            "test.json",
        ]
        .map(|name| self.beside(name));
        let is_own = own.iter().chain([&self.setup]).any(|path| real(path) == out_real);
        if is_own || out_real.starts_with(real(&self.cases())) {
            return Err(StoreError::OwnFile(out.to_owned()));
        }
        Ok(())
    }

    /// Folder of the sign-ins that are kept.
    pub(crate) fn cases(&self) -> PathBuf {
        self.beside("cases")
    }

    /// What makes the stand-ins of the sign-ins that are kept; not in their folder.
    pub(crate) fn case_key(&self) -> PathBuf {
        self.beside("cases.key")
    }

    /// Where the set-up is.
    pub fn path(&self) -> &Path {
        &self.setup
    }

    /// Reads the set-up.
    ///
    /// # Errors
    /// [`StoreError`]; the file is not touched.
    pub fn load(&self) -> Result<Setup, StoreError> {
        let text = fs::read_to_string(&self.setup).map_err(io_error("read", &self.setup))?;
        // Editors on Windows put a byte order mark in front.
        Setup::from_json(text.trim_start_matches('\u{feff}'))
            .map_err(|e| StoreError::Setup(self.setup.clone(), e))
    }

    /// Writes the set-up whole. A file of a newer schema is not overwritten.
    ///
    /// # Errors
    /// [`StoreError`]; what was there before is still there.
    pub fn save(&self, setup: &Setup) -> Result<(), StoreError> {
        if self.setup.exists()
            && let Err(StoreError::Setup(path, error @ SetupError::Schema { .. })) = self.load()
        {
            return Err(StoreError::Setup(path, error));
        }
        write_whole(&self.setup, setup.to_json().as_bytes())
    }

    /// Replays the journal; empty where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn bindings(&self) -> Result<Bindings, StoreError> {
        self.replayed("journal.jsonl", Bindings::replay)
    }

    /// Replays the journal of groups; empty where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn group_memory(&self) -> Result<Memory, StoreError> {
        self.replayed("groups.jsonl", Memory::replay)
    }

    fn replayed<T: Default>(
        &self,
        name: &str,
        replay: fn(&str) -> Result<T, IllegalEntry>,
    ) -> Result<T, StoreError> {
        let path = self.beside(name);
        match fs::read_to_string(&path) {
            Ok(text) => replay(&text).map_err(|e| StoreError::Journal(path, e)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(io_error("read", &path)(error)),
        }
    }

    /// Opens the journal for a run and locks the set-up against other processes.
    ///
    /// # Errors
    /// [`StoreError::Locked`], or the disk's.
    pub fn journal(&self) -> Result<JournalFile, StoreError> {
        self.opened("journal.jsonl")
    }

    /// Opens the journal of groups, under the same lock: an index is not replaced while groups are put
    /// into it.
    ///
    /// # Errors
    /// [`StoreError::Locked`], or the disk's.
    pub fn group_journal(&self) -> Result<JournalFile, StoreError> {
        self.opened("groups.jsonl")
    }

    fn opened(&self, name: &str) -> Result<JournalFile, StoreError> {
        let path = self.beside(name);
        // A file of its own: on Windows a lock also keeps its own process from reading.
        let lock_path = self.beside("journal.lock");
        let lock = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(io_error("open", &lock_path))?;
        lock.try_lock().map_err(|_| StoreError::Locked(path.clone()))?;
        cut_half_line(&path).map_err(io_error("repair", &path))?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io_error("open", &path))?;
        let whole = file.metadata().map_err(io_error("read", &path))?.len();
        Ok(JournalFile {
            file,
            whole,
            _lock: lock,
        })
    }

    /// The profile that was chosen for this set-up on this computer; it is no part of the set-up,
    /// which others may open with profiles of their own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn profile(&self) -> Result<Option<String>, StoreError> {
        let path = self.beside("profile");
        match fs::read_to_string(&path) {
            Ok(name) => Ok(Some(name.trim().to_owned()).filter(|n| !n.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path)(error)),
        }
    }

    /// Keeps the name of a profile; none is the SDK's own chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_profile(&self, name: Option<&str>) -> Result<(), StoreError> {
        write_whole(&self.beside("profile"), name.unwrap_or_default().as_bytes())
    }

    /// The last test sign-in.
    ///
    /// # Errors
    /// [`StoreError`].
    fn test(&self) -> Result<Option<TestRecord>, StoreError> {
        let path = self.beside("test.json");
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|e| StoreError::Test(path, e.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path)(error)),
        }
    }

    /// The last test sign-in, if it was of the federation as it is now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn current_test(&self, setup: &Setup, bindings: &Bindings) -> Result<Option<TestRecord>, StoreError> {
        Ok(self.test()?.filter(|t| t.is_of(setup, bindings)))
    }

    /// Keeps a test sign-in; it is redacted by its type.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_test(&self, test: &TestRecord) -> Result<(), StoreError> {
        let mut text = serde_json::to_string_pretty(test).expect("a record has string keys only");
        text.push('\n');
        write_whole(&self.beside("test.json"), text.as_bytes())
    }
}

/// Write beside, flush, rename.
///
/// # Errors
/// [`StoreError`]; what was there before is still there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    written(path, bytes, &mut OpenOptions::new())
}

/// The same for what nobody else on this computer may read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    written(path, bytes, &mut options)
}

fn written(path: &Path, bytes: &[u8], options: &mut OpenOptions) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    }
    // A link stays a link; what is no file, /dev/stdout for example, is written to as it is.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = real.as_path();
    if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return fs::write(path, bytes).map_err(io_error("write", path));
    }
    // Two programs, or two threads of one, may write the same file: neither takes the other's half.
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let number = PARTS.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{number}.part", std::process::id()));
    let beside = path.with_file_name(name);
    let written = options
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is half-written helps nobody; that it could not be removed changes nothing.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(io_error("write", path))
}

/// A last line that the machine's death cut short would swallow the next entry.
fn cut_half_line(path: &Path) -> io::Result<()> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    if whole < text.len() {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(whole as u64)?;
        file.sync_all()?;
    }
    Ok(())
}

/// A journal that is being written; the lock goes with it.
pub struct JournalFile {
    file: File,
    /// Length of the whole lines.
    whole: u64,
    _lock: File,
}

impl<E: Serialize + Clone> Journal<E> for JournalFile {
    fn append(&mut self, event: &E) -> Result<(), String> {
        let entry = Entry {
            schema: SCHEMA,
            at: format_instant(SystemClock.now()),
            event: event.clone(),
        };
        let mut line = serde_json::to_string(&entry).map_err(|e| e.to_string())?;
        line.push('\n');
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.whole += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line would swallow the next one. Should this fail too, the next opening does it.
                let _ = self.file.set_len(self.whole);
                Err(format!(
                    "The journal cannot be written ({error}), so nothing more was started. Make space or give access, then plan again to go on."
                ))
            }
        }
    }
}

/// All set-ups of this user.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In the system's data folder; `CLAIMBRIDGE_DATA` names another.
    pub fn of_user() -> Store {
        let folder = std::env::var_os("CLAIMBRIDGE_DATA")
            .map(PathBuf::from)
            .or_else(|| dirs::data_dir().map(|d| d.join("claimbridge")))
            .unwrap_or_else(|| PathBuf::from("claimbridge-data"));
        Store {
            folder: folder.join("setups"),
        }
    }

    /// The files of one set-up.
    pub fn files(&self, id: &str) -> SetupFiles {
        SetupFiles::at(self.folder.join(id).join("setup.json"))
    }

    /// Every set-up, the last one changed first, with what could not be read.
    pub fn all(&self) -> Vec<Result<Setup, StoreError>> {
        let mut found: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(|e| e.path().join("setup.json"))
            .filter_map(|p| Some((fs::metadata(&p).and_then(|m| m.modified()).ok()?, p)))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found
            .into_iter()
            .map(|(_, path)| {
                let setup = SetupFiles::at(&path).load()?;
                let folder = path.parent().and_then(Path::file_name);
                match folder.is_some_and(|name| name == setup.id.as_str()) {
                    true => Ok(setup),
                    false => Err(StoreError::OtherFolder(path, setup.id)),
                }
            })
            .collect()
    }

    /// Removes a set-up that has nothing in AWS.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget(&self, id: &str) -> Result<(), StoreError> {
        let folder = self.folder.join(id);
        // Not while a run of another program holds it; a locked file cannot be removed on Windows.
        drop(self.files(id).journal()?);
        fs::remove_dir_all(&folder).map_err(io_error("remove", &folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::groups;
    use claimbridge_core::idp::IdentityProvider;
    use claimbridge_core::journal::Event;
    use claimbridge_core::setup::World;
    use claimbridge_core::value::{AccountId, Region};

    fn setup() -> Setup {
        let account = AccountId::parse("123456789012").unwrap();
        Setup::new(
            "id".into(),
            "q-demo",
            account,
            Region::UsEast1,
            World::Practice,
            IdentityProvider::EntraGallery,
        )
    }

    #[test]
    fn a_newer_set_up_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("setup.json"));
        let newer = setup().to_json().replace("\"schema\": 1", "\"schema\": 2");
        fs::write(files.path(), &newer).unwrap();
        assert!(matches!(
            files.load(),
            Err(StoreError::Setup(_, SetupError::Schema { found: 2, .. }))
        ));
        assert!(files.save(&setup()).is_err());
        assert_eq!(fs::read_to_string(files.path()).unwrap(), newer);
    }

    /// An id names a folder that is removed as a whole.
    #[test]
    fn a_set_up_that_names_another_folder_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store {
            folder: folder.path().join("setups"),
        };
        store.files("id").save(&setup()).unwrap();
        let write = |at: &str, text: String| {
            let path = store.folder.join(at);
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("setup.json"), text).unwrap();
        };
        write("copy", setup().to_json());
        for (at, id) in [("up", ".."), ("root", "/tmp"), ("none", "")] {
            let text = setup()
                .to_json()
                .replace("\"id\": \"id\"", &format!("\"id\": \"{id}\""));
            write(at, text);
        }
        let (fine, refused): (Vec<_>, Vec<_>) = store.all().into_iter().partition(Result::is_ok);
        assert_eq!((fine.len(), refused.len()), (1, 4));
        for error in refused.into_iter().filter_map(Result::err) {
            assert!(
                matches!(
                    &error,
                    StoreError::OtherFolder(_, id) if id == "id"
                ) || matches!(&error, StoreError::Setup(_, SetupError::Id { .. })),
                "{error}"
            );
        }
    }

    #[test]
    fn threads_do_not_take_each_others_halves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("setup.json");
        let texts: Vec<String> = (0..8).map(|n| n.to_string().repeat(100_000)).collect();
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| write_whole(&path, text.as_bytes()).unwrap());
            }
        });
        assert!(texts.contains(&fs::read_to_string(&path).unwrap()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("setup.json"));
        let held = files.journal().unwrap();
        assert!(matches!(files.journal(), Err(StoreError::Locked(_))));
        // Groups go into the index that a run might replace.
        assert!(matches!(files.group_journal(), Err(StoreError::Locked(_))));
        drop(held);
        assert!(files.group_journal().is_ok());
        assert!(files.journal().is_ok());
    }

    #[test]
    fn groups_have_a_journal_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("acme.json"));
        let place = groups::Place {
            setup: "s".into(),
            application: "a".into(),
            index: "i".into(),
        };
        let began = groups::Event::Began {
            plan: "p".into(),
            place: place.clone(),
        };
        let intent = groups::Event::Intent {
            put: [("Sales".into(), "d".into())].into(),
            delete: Default::default(),
        };
        let mut journal = files.group_journal().unwrap();
        journal.append(&began).unwrap();
        journal.append(&intent).unwrap();
        assert!(folder.path().join("acme.groups.jsonl").exists());
        assert!(files.group_memory().unwrap().get(&place, "Sales").is_some());
        assert!(files.bindings().unwrap().is_empty());
    }

    #[test]
    fn a_cut_line_is_taken_out_before_the_next_entry() {
        let folder = tempfile::tempdir().unwrap();
        let files = SetupFiles::at(folder.path().join("setup.json"));
        files
            .journal()
            .unwrap()
            .append(&Event::Ended { finished: true })
            .unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut half = fs::read(&path).unwrap();
        half.extend_from_slice(b"{\"schema\":1,\"at\"");
        fs::write(&path, half).unwrap();
        files
            .journal()
            .unwrap()
            .append(&Event::Ended { finished: false })
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
        assert!(files.bindings().is_ok());
    }
}
