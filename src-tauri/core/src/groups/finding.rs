//! What can be wrong with a roster, as data: by kind, with counts and the first lines. People are named
//! by line and in short; the administrator has the file.

use crate::diagnose::Severity;
use serde::Serialize;
use std::fmt;

/// One kind of thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Whether it stands in the way.
    pub severity: Severity,
    /// How often.
    pub count: usize,
    /// The first places.
    pub first: Vec<Where>,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Where {
    /// Line in the file, from 1.
    pub line: u32,
    /// The group.
    pub group: String,
    /// What is there: an address in short, the name of a group, a number.
    pub value: String,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// More members than a file in S3 may have.
    BeyondBulk,
    /// Several very large groups, and one file for them, or a key that S3 does not take.
    BulkPath,
    /// A group is in itself, over others.
    Cycle,
    /// A group that stands among users.
    GroupAmongUsers,
    /// Characters that nobody sees, which PutGroup refuses.
    Invisible,
    /// A name longer than PutGroup takes.
    LongName,
    /// A member that is no e-mail address.
    NotAnAddress,
    /// More members than one call takes.
    TooManyMembers,
    /// A nested group that the file does not define.
    UnknownGroup,
    /// Defined twice; the members are taken together.
    DefinedTwice,
    /// Nobody is in it.
    EmptyGroup,
    /// Two groups whose names differ in case alone.
    GroupSpelledTwice,
    /// An address with capital letters.
    MixedCase,
    /// Known to the list of users in another spelling.
    SpelledOtherwise,
    /// The same address in two spellings.
    TwoSpellings,
    /// Not in the list of users.
    UnknownUser,
    /// Twice in one group.
    RepeatedMember,
}

impl FindingKind {
    /// Whether it stands in the way.
    pub fn severity(self) -> Severity {
        use FindingKind as K;
        match self {
            K::BeyondBulk
            | K::BulkPath
            | K::Cycle
            | K::GroupAmongUsers
            | K::Invisible
            | K::LongName
            | K::NotAnAddress
            | K::TooManyMembers
            | K::UnknownGroup => Severity::Blocking,
            K::DefinedTwice
            | K::EmptyGroup
            | K::GroupSpelledTwice
            | K::MixedCase
            | K::SpelledOtherwise
            | K::TwoSpellings
            | K::UnknownUser => Severity::Warning,
            K::RepeatedMember => Severity::Info,
        }
    }

    /// What it is, for a person.
    pub fn title(self) -> &'static str {
        use FindingKind as K;
        match self {
            K::BeyondBulk => "A group has more than 100,000 members, the limit of a file in S3",
            K::BulkPath => "The path in S3 does not give each large group a file of its own",
            K::Cycle => "A group contains itself",
            K::GroupAmongUsers => "A group of this file stands among the users",
            K::Invisible => "A name holds characters that nobody sees",
            K::LongName => "A name is longer than 1,024 characters",
            K::NotAnAddress => "A member is no e-mail address",
            K::TooManyMembers => "A group has more than 1,000 members, the limit of one call",
            K::UnknownGroup => "A nested group is not in the file",
            K::DefinedTwice => "A group is defined twice; its members are taken together",
            K::EmptyGroup => "A group has no member",
            K::GroupSpelledTwice => "Two groups have names that differ in case alone",
            K::MixedCase => "An address has capital letters",
            K::SpelledOtherwise => "The list of users has an address in another spelling",
            K::TwoSpellings => "The same address stands in two spellings",
            K::UnknownUser => "A member is not in the list of users",
            K::RepeatedMember => "A member stands twice in one group; once is enough",
        }
    }

    /// What to do.
    pub fn remedy(self) -> &'static str {
        use FindingKind as K;
        match self {
            K::BeyondBulk => "Divide the group into nested ones.",
            K::BulkPath => {
                "Give a folder, s3://BUCKET/FOLDER/: each large group then has a file named after it."
            }
            K::Cycle => "Take one of these memberships out.",
            K::GroupAmongUsers => {
                "Say that it is a group: the column type with the word group, or \"groups\" in JSON."
            }
            K::Invisible => "Type the name anew; it was probably copied from a web page.",
            K::LongName => "Shorten it; documents have to name the group in the same way.",
            K::NotAnAddress => {
                "Amazon Q Business matches people by e-mail address. Put the address there, or take the line out."
            }
            K::TooManyMembers => {
                "Put a file with the members into S3 and name it and the role that may read it, or divide the group into nested ones."
            }
            K::UnknownGroup => "Define it in the file too, or take it out.",
            K::DefinedTwice => "Define it once.",
            K::EmptyGroup => {
                "Whether AWS takes a group without members is not documented. Leave it out of the file: then it is deleted."
            }
            K::GroupSpelledTwice => {
                "Whether Amazon Q Business tells them apart is not documented. Use one spelling, as in the documents' access lists."
            }
            K::MixedCase => {
                "Whether Amazon Q Business ignores case is not documented; addresses stay as typed. Spell them as the identity provider sends them."
            }
            K::SpelledOtherwise | K::TwoSpellings => {
                "Whether Amazon Q Business ignores case is not documented. Use the spelling that the identity provider sends."
            }
            K::UnknownUser => "Check the spelling; people who left can be taken out.",
            K::RepeatedMember => "Nothing has to be done.",
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, group “{}”", self.line, self.group)?;
        if self.value.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.value)
    }
}
