//! The steps that are compared, as both sides take them.

/// A member of the group under test.
pub(crate) trait Member: Sized {
    /// What is kept of an own commit until it is merged.
    type Pending;

    /// A commit that adds the clients of these KeyPackage messages.
    fn add(&mut self, key_packages: &[Vec<u8>]) -> Sealed<Self::Pending>;

    /// A commit without a path that updates one component.
    fn update(&mut self, round: usize) -> Sealed<Self::Pending>;

    /// A commit with a path and nothing else.
    fn path(&mut self) -> Sealed<Self::Pending>;

    /// Merges the own commit.
    fn accept(&mut self, pending: Self::Pending);

    /// Drops the own commit.
    fn discard(&mut self, pending: Self::Pending);

    /// Processes and merges another's commit.
    fn receive(&mut self, commit: &[u8]);

    /// Encrypts an application message.
    fn send(&mut self, body: &[u8]) -> Vec<u8>;

    /// Decrypts an application message.
    fn open(&mut self, message: &[u8]) -> Vec<u8>;

    /// Clears what waits for the application; part of no step.
    fn tidy(&mut self);

    /// To see that members agree.
    fn authenticator(&mut self) -> Vec<u8>;
}

/// A client that is about to join.
pub(crate) trait Newcomer {
    /// What it becomes.
    type Member: Member;

    /// Its KeyPackage message.
    fn key_package(&self) -> &[u8];

    /// Joins with a Welcome message that holds the ratchet tree.
    fn join(self, welcome: &[u8]) -> Self::Member;
}

/// A commit of our own, encoded.
pub(crate) struct Sealed<P> {
    pub(crate) commit: Vec<u8>,
    pub(crate) welcome: Option<Vec<u8>>,
    pub(crate) pending: P,
}
