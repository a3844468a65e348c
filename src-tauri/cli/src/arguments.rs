//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Federation between an identity provider and Amazon Q Business.
#[derive(Parser)]
#[command(name = "claimbridge-cli", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read federation metadata and say what is wrong with it.
    Metadata(MetadataArgs),
    /// Judge a captured SAML response, offline.
    Check(CheckArgs),
    /// Judge an ID token of OpenID Connect, offline.
    CheckToken(CheckTokenArgs),
    /// Find out why a sign-in does not work, from whatever is at hand.
    Diagnose(DiagnoseArgs),
    /// Write a set-up file.
    New(Box<NewArgs>),
    /// Compare a set-up with AWS.
    Plan(PlanArgs),
    /// Carry a plan out.
    Apply(ApplyArgs),
    /// Say what in AWS differs from the set-up, or from the documents where there is no set-up.
    Verify(VerifyArgs),
    /// Take over what somebody else built, read-only.
    Adopt(AdoptArgs),
    /// Remove what the set-up made.
    Destroy(DestroyArgs),
    /// Keep the groups of the index equal to a file.
    Groups(GroupsArgs),
    /// Sign in by the system's browser, and try what the person may do.
    SignIn(SignInArgs),
    /// Say who of a table of people could sign in, before anybody does.
    Simulate(SimulateArgs),
    /// Failed sign-ins that are kept without their people, and judged again.
    #[command(subcommand)]
    Cases(CaseCommand),
    /// Write the configuration report.
    Report(ReportArgs),
    /// Write the printable sheet for the administrator of the identity provider.
    Sheet(SheetArgs),
    /// Show what the answer to a sheet changes, and merge it.
    Answer(AnswerArgs),
    /// Serve the practice world until stopped.
    Practice(PracticeArgs),
    /// The whole main job, headless, in the practice world.
    Demo(DemoArgs),
}

impl Command {
    /// Whether standard output is to be one JSON document.
    pub(crate) fn json(&self) -> bool {
        match self {
            Command::Metadata(a) => a.json,
            Command::Check(a) => a.json,
            Command::CheckToken(a) => a.json,
            Command::Diagnose(a) => a.access.json,
            Command::New(a) => a.json,
            Command::Plan(a) => a.aws.access.json,
            Command::Apply(a) => a.access.json,
            Command::Verify(a) => a.access.json,
            Command::Adopt(a) => a.access.json,
            Command::Destroy(a) => a.aws.access.json,
            Command::Groups(a) => a.aws.access.json,
            Command::SignIn(a) => a.aws.access.json,
            Command::Simulate(a) => a.json,
            Command::Cases(c) => c.json(),
            Command::Report(a) => a.json,
            Command::Sheet(a) => a.json,
            Command::Answer(a) => a.json,
            Command::Practice(a) => a.json,
            Command::Demo(a) => a.json,
        }
    }
}

#[derive(Args)]
pub(crate) struct MetadataArgs {
    /// Metadata file, or - for standard input.
    pub file: PathBuf,
    /// Pick one entity from an aggregate.
    #[arg(long)]
    pub entity_id: Option<String>,
    /// Judge at this moment: 2026-11-22T16:00:00Z.
    #[arg(long)]
    pub at: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// SAML response as base64 or XML, or - for standard input.
    pub file: PathBuf,
    /// The identity provider's metadata.
    #[arg(long, required_unless_present = "certificate")]
    pub metadata: Option<PathBuf>,
    /// Or its signing certificate, as PEM.
    #[arg(long)]
    pub certificate: Option<PathBuf>,
    /// Compare with this set-up.
    #[arg(long)]
    pub setup: Option<PathBuf>,
    /// Recipient that is expected.
    #[arg(long)]
    pub recipient: Option<String>,
    /// Audience that is expected.
    #[arg(long)]
    pub audience: Option<String>,
    /// Role that is expected.
    #[arg(long)]
    pub role_arn: Option<String>,
    /// IAM provider that is expected.
    #[arg(long)]
    pub provider_arn: Option<String>,
    /// The role's trust policy.
    #[arg(long)]
    pub trust_policy: Option<PathBuf>,
    /// Judge at this moment.
    #[arg(long)]
    pub at: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct CheckTokenArgs {
    /// ID token, or - for standard input.
    pub file: PathBuf,
    /// Issuer of the set-up, byte for byte.
    #[arg(long)]
    pub issuer: String,
    /// The identity provider's key set: what its jwks_uri gives.
    #[arg(long)]
    pub jwks: PathBuf,
    /// Client id of the application.
    #[arg(long)]
    pub client_id: String,
    /// The role's trust policy.
    #[arg(long)]
    pub trust_policy: Option<PathBuf>,
    /// Judge at this moment.
    #[arg(long)]
    pub at: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct DiagnoseArgs {
    /// Anything about the sign-in, told apart by its content: SAML response, HAR, SAML-tracer export, ID token, policy
    /// or role, CloudTrail events, metadata, claims table, error text. - is standard input.
    pub files: Vec<PathBuf>,
    /// Compare with this set-up; without it, what is wanted is taken from the application, else from the role's
    /// trust policy.
    #[arg(long)]
    pub setup: Option<PathBuf>,
    /// The sentence that is shown, “Permission needed” for example, or the id of a symptom: permission-needed.
    #[arg(long)]
    pub symptom: Option<String>,
    /// F83=yes or F83=no: the answer to a question that was asked.
    #[arg(long = "answer")]
    pub answers: Vec<String>,
    /// Id or ARN of the application: what stands in AWS is read too, and what its issuer publishes; nothing is changed.
    #[arg(long, requires = "region")]
    pub application: Option<String>,
    /// Its region: us-east-1, us-west-2, eu-west-1 or ap-southeast-2.
    #[arg(long)]
    pub region: Option<String>,
    /// Which web experience, where there are several.
    #[arg(long)]
    pub web_experience: Option<String>,
    /// It is in a practice world, whose issuers may be on this machine.
    #[arg(long)]
    pub practice: bool,
    /// Whose portal it is, where the evidence does not tell.
    #[arg(long)]
    pub idp: Option<String>,
    /// Print the message for one of the administrators in the place of the list: what they have to change, without
    /// secrets and people.
    #[arg(long, value_enum)]
    pub letter: Option<LetterTo>,
    /// Judge at this moment.
    #[arg(long)]
    pub at: Option<String>,
    #[command(flatten)]
    pub access: AccessArgs,
}

/// Whose message it is.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LetterTo {
    /// Of the identity provider.
    Idp,
    /// Of AWS.
    Aws,
}

#[derive(Args)]
pub(crate) struct NewArgs {
    /// Identity provider: entra, entra-own, okta-saml, okta-oidc, ping, pingfederate, generic-saml or generic-oidc.
    #[arg(long)]
    pub idp: String,
    /// SAML: its federation metadata.
    #[arg(long)]
    pub metadata: Option<PathBuf>,
    /// SAML: set AWS up first, with temporary metadata that nobody can sign in by.
    #[arg(long)]
    pub aws_first: bool,
    /// OIDC: the issuer, byte for byte.
    #[arg(long)]
    pub issuer: Option<String>,
    /// OIDC: the client id.
    #[arg(long)]
    pub client_id: Option<String>,
    /// OIDC: KMS key for the client secret.
    #[arg(long)]
    pub secret_kms_key: Option<String>,
    /// Prefix of every name, at most 20 characters.
    #[arg(long)]
    pub name: String,
    /// AWS account, twelve digits.
    #[arg(long)]
    pub account: String,
    /// us-east-1, us-west-2, eu-west-1 or ap-southeast-2.
    #[arg(long)]
    pub region: String,
    /// The set-up is for a practice world, whose issuers may be on this machine.
    #[arg(long)]
    pub practice: bool,
    /// SAML: the sign-in address that the portal shows; the metadata's stands in until it is known.
    #[arg(long)]
    pub authentication_url: Option<String>,
    /// Recipient of Okta, Ping and others: the region's sign-in address or the global one.
    #[arg(long, default_value = "regional")]
    pub sign_in: String,
    /// Order of web experience and role: endpoint-first or role-first.
    #[arg(long, default_value = "endpoint-first")]
    pub order: String,
    /// starter, enterprise or none; cannot be changed later.
    #[arg(long, default_value = "starter")]
    pub index: String,
    /// Units of the index: 20,000 documents or 200 MB of text each.
    #[arg(long, default_value_t = 1)]
    pub units: u32,
    /// Make no index: answers come from the language model alone.
    #[arg(long)]
    pub no_index: bool,
    /// Answer from this Amazon Kendra index instead.
    #[arg(long)]
    pub kendra_index: Option<String>,
    /// Subscription of everybody who signs in: pro or lite.
    #[arg(long, default_value = "pro")]
    pub tier: String,
    /// Q Apps; United States regions only.
    #[arg(long)]
    pub q_apps: bool,
    /// ARN of a customer-managed key; needs an enterprise index, cannot be changed later.
    #[arg(long)]
    pub kms_key: Option<String>,
    /// A service role of its own instead of AWS's service-linked one.
    #[arg(long)]
    pub service_role: bool,
    /// TAG=ATTRIBUTE: a session tag that answers are personalized by.
    #[arg(long)]
    pub personalize: Vec<String>,
    /// KEY=VALUE on every resource.
    #[arg(long = "tag")]
    pub tags: Vec<String>,
    /// Title of the web experience.
    #[arg(long)]
    pub title: Option<String>,
    #[command(flatten)]
    pub look: LookArgs,
    /// Path of every role: /team/.
    #[arg(long)]
    pub role_path: Option<String>,
    /// ARN of the policy that bounds every role.
    #[arg(long)]
    pub permissions_boundary: Option<String>,
    /// Keep the role's permissions in a managed policy.
    #[arg(long)]
    pub managed_policy: bool,
    /// ACS URL or redirect URI of an application of your own.
    #[arg(long)]
    pub custom_application: Option<String>,
    /// The set-up file to write.
    #[arg(long)]
    pub out: PathBuf,
    #[arg(long)]
    pub json: bool,
}

/// What people see of the web experience besides its title.
#[derive(Args)]
pub(crate) struct LookArgs {
    /// Under the title.
    #[arg(long, default_value = "")]
    pub subtitle: String,
    /// Above the first question.
    #[arg(long, default_value = "")]
    pub welcome_message: String,
    /// Show no suggestions for a first question.
    #[arg(long)]
    pub no_sample_prompts: bool,
    /// https://HOST that may embed the web experience.
    #[arg(long = "origin")]
    pub origins: Vec<String>,
    /// CHROME or FIREFOX: an extension through which people may ask.
    #[arg(long = "browser-extension")]
    pub browser_extensions: Vec<String>,
    /// https address of a logo, .svg or .png.
    #[arg(long, default_value = "")]
    pub logo_url: String,
    /// https address of a favicon, .svg or .ico.
    #[arg(long, default_value = "")]
    pub favicon_url: String,
    /// https address of a font.
    #[arg(long, default_value = "")]
    pub font_url: String,
    /// https address of a style sheet.
    #[arg(long, default_value = "")]
    pub css_url: String,
}

#[derive(Args)]
pub(crate) struct AwsArgs {
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    #[command(flatten)]
    pub access: AccessArgs,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["setup", "application"]))]
pub(crate) struct VerifyArgs {
    /// The set-up file.
    #[arg(long)]
    pub setup: Option<PathBuf>,
    #[command(flatten)]
    pub there: ThereArgs,
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What is there already, by its ids.
#[derive(Args)]
pub(crate) struct ThereArgs {
    /// Id or ARN of an application that somebody built; no set-up file is needed.
    #[arg(long, requires = "region")]
    pub application: Option<String>,
    /// Its region: us-east-1, us-west-2, eu-west-1 or ap-southeast-2.
    #[arg(long)]
    pub region: Option<String>,
    /// The account that it has to be in.
    #[arg(long)]
    pub account: Option<String>,
    /// Which web experience, where there are several.
    #[arg(long)]
    pub web_experience: Option<String>,
    /// Which index, where there are several.
    #[arg(long)]
    pub index: Option<String>,
    /// Identity provider, where metadata or issuer do not tell.
    #[arg(long)]
    pub idp: Option<String>,
    /// It is in a practice world, whose issuers may be on this machine.
    #[arg(long)]
    pub practice: bool,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["setup", "application"]))]
pub(crate) struct AdoptArgs {
    #[command(flatten)]
    pub there: ThereArgs,
    /// The set-up file to write for the application.
    #[arg(long, requires = "application")]
    pub out: Option<PathBuf>,
    /// Or a set-up whose provider exists already.
    #[arg(long, requires = "resource")]
    pub setup: Option<PathBuf>,
    /// With --setup: saml-provider or oidc-provider.
    #[arg(long, requires = "setup")]
    pub resource: Option<String>,
    /// Do it; without this, what is there is shown.
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub access: AccessArgs,
}

#[derive(Args, Clone)]
pub(crate) struct AccessArgs {
    /// Profile of the AWS config files.
    #[arg(long)]
    pub profile: Option<String>,
    /// Endpoint of AWS, for a practice world for example.
    #[arg(long)]
    pub endpoint_url: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct SignInArgs {
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Program that opens the address, given as its only argument.
    #[arg(long)]
    pub browser_command: Option<String>,
    /// Open no browser: the address is on standard error.
    #[arg(long, conflicts_with = "browser_command")]
    pub print_url: bool,
    /// OIDC: file with the client secret, where the application has one.
    #[arg(long)]
    pub secret_file: Option<PathBuf>,
    /// Seconds to wait for the browser.
    #[arg(long, default_value_t = 300)]
    pub patience: u64,
    /// A question to ask as the person; it may start a paid subscription, so --yes has to stand beside it.
    #[arg(long)]
    pub ask: Option<String>,
    /// Yes, ask it.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Write the plan here, to be applied as it was seen.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ApplyArgs {
    /// A plan file.
    #[arg(conflicts_with = "yes", required_unless_present = "yes")]
    pub plan: Option<PathBuf>,
    /// The set-up file; without it, the plan's set-up among those of the desktop program.
    #[arg(long, required_unless_present = "plan")]
    pub setup: Option<PathBuf>,
    #[command(flatten)]
    pub access: AccessArgs,
    /// Plan and apply at once, without looking.
    #[arg(long)]
    pub yes: bool,
    /// File with the client secret, where the plan writes one; without it, standard input.
    #[arg(long)]
    pub secret_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Do it; without this, the plan is shown.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Args)]
pub(crate) struct GroupsArgs {
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Groups and members, CSV (group,member[,type]) or JSON ([{"name","members","groups"}]); - is
    /// standard input.
    #[arg(long)]
    pub file: PathBuf,
    /// Those who can sign in, one address a line or a table: others are said.
    #[arg(long)]
    pub users: Option<PathBuf>,
    /// Put groups of the file too that somebody else put; what they hold is lost.
    #[arg(long)]
    pub take_over: bool,
    /// Where files with the members of groups above 1,000 lie: s3://BUCKET/FILE, or s3://BUCKET/FOLDER/
    /// with a file named after each group.
    #[arg(long, requires = "s3_role")]
    pub s3_path: Option<String>,
    /// The role that may read them.
    #[arg(long, requires = "s3_path")]
    pub s3_role: Option<String>,
    /// Do it; without this, the difference is shown.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// The set-up file: what its guide makes the other administrator enter is what is simulated.
    #[arg(long)]
    pub setup: PathBuf,
    /// Table of people, as the directory exports it: userPrincipalName, mail, userType, appRoles, … in any order; - is
    /// standard input.
    #[arg(long)]
    pub people: PathBuf,
    /// NAME=SOURCE in place of the guide's: RoleSessionName=user.mail; NameID is the subject, an empty source takes a
    /// claim away.
    #[arg(long = "claim")]
    pub claims: Vec<String>,
    /// The role's trust policy; without it, the one that the set-up gives it.
    #[arg(long)]
    pub trust_policy: Option<PathBuf>,
    /// Show everybody, not the first twenty who would be turned away.
    #[arg(long)]
    pub all: bool,
    /// Judge at this moment.
    #[arg(long)]
    pub at: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub(crate) enum CaseCommand {
    /// Show what is kept.
    List(ListCasesArgs),
    /// Keep a captured sign-in, without its people.
    Add(AddCaseArgs),
    /// Judge all again.
    Check(CheckCasesArgs),
    /// Remove one.
    Remove(NamedCaseArgs),
    /// Write one for others; the domains of addresses go too.
    Export(ExportCaseArgs),
    /// Take one that somebody exported.
    Import(ImportCaseArgs),
}

impl CaseCommand {
    fn json(&self) -> bool {
        match self {
            CaseCommand::List(a) => a.json,
            CaseCommand::Add(a) => a.json,
            CaseCommand::Check(a) => a.aws.access.json,
            CaseCommand::Remove(a) => a.json,
            CaseCommand::Export(a) => a.case.json,
            CaseCommand::Import(a) => a.json,
        }
    }
}

#[derive(Args)]
pub(crate) struct ListCasesArgs {
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct AddCaseArgs {
    /// SAML response or ID token, or - for standard input.
    pub file: PathBuf,
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    /// A text that was shown: the answer of STS, an error page.
    #[arg(long = "message")]
    pub messages: Vec<String>,
    /// Judge at this moment.
    #[arg(long)]
    pub at: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct CheckCasesArgs {
    #[command(flatten)]
    pub aws: AwsArgs,
    /// By what AWS holds; without this, by what the set-up wants.
    #[arg(long)]
    pub live: bool,
}

#[derive(Args)]
pub(crate) struct NamedCaseArgs {
    /// Its name in the list.
    pub name: String,
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct ExportCaseArgs {
    #[command(flatten)]
    pub case: NamedCaseArgs,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
}

#[derive(Args)]
pub(crate) struct ImportCaseArgs {
    /// The file.
    pub file: PathBuf,
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    /// FILE.html, FILE.md or FILE.json.
    #[arg(long)]
    pub out: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct SheetArgs {
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    /// FILE.html.
    #[arg(long)]
    pub out: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct AnswerArgs {
    /// The file that the sheet saved, or the metadata that came instead; - is standard input.
    pub file: PathBuf,
    /// The set-up file.
    #[arg(long)]
    pub setup: PathBuf,
    /// Take it although it answers the sheet of another set-up.
    #[arg(long)]
    pub of_another_setup: bool,
    /// Merge it; without this, the difference is shown.
    #[arg(long)]
    pub yes: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct WorldArgs {
    /// none, real or real*F.
    #[arg(long, default_value = "none")]
    pub latency: String,
    /// NAME=VALUE for behaviour that is only inferred of AWS.
    #[arg(long = "switch")]
    pub switches: Vec<String>,
}

#[derive(Args)]
pub(crate) struct PracticeArgs {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    #[command(flatten)]
    pub world: WorldArgs,
    /// OPERATION:throttle|drop-after|500|denied|timeout|idp-unreachable|region-disabled, and *COUNT.
    #[arg(long = "fault")]
    pub faults: Vec<String>,
    /// PutGroup and DeleteGroup taken in a second; more is answered with ThrottlingException.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub put_group_rate: Option<u32>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Identity provider: entra, entra-own, okta-saml, okta-oidc, ping, pingfederate, generic-saml or generic-oidc;
    /// entra, or where the mistake is of another, that one.
    #[arg(long)]
    pub idp: Option<String>,
    /// SAML: set AWS up first, with temporary metadata, and visit the portal once.
    #[arg(long)]
    pub aws_first: bool,
    /// Remove everything again at the end.
    #[arg(long)]
    pub destroy: bool,
    /// Make the mistake of this rule, F11 for example.
    #[arg(long)]
    pub fault: Option<String>,
    /// Make the smallest fix then, and sign in again.
    #[arg(long, requires = "fault")]
    pub mend: bool,
    #[command(flatten)]
    pub world: WorldArgs,
    /// Folder for the report.
    #[arg(long, default_value = "claimbridge-demo")]
    pub out: PathBuf,
    #[arg(long)]
    pub json: bool,
}
