//! Runs a scenario with real groups.

mod client;
mod commit;
mod join;
mod plan;
mod talk;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use client::{Hub, Member, Person, Tried};
use mls_trellis_engine::{Error, Followed, Framing, Group, GroupConfig, KeyPackageOptions};

use crate::{
    Property, Report, Subject,
    failure::{Broken, panic_text},
    faulty::Trouble,
    scenario::{Action, Fault, Moment, Scenario, Step},
};

const ROOM: &[u8] = b"room";

/// Who plays. More do not fit.
const NAMES: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// Runs a scenario. The error tells in words what led there, and how many steps it took.
pub(crate) fn run(subject: &Subject, scenario: &Scenario) -> Result<Report, (Broken, usize)> {
    let mut log = Vec::new();
    let mut taken = 0;
    let mut report = Report {
        walks: 1,
        ..Report::default()
    };
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut walk = Walk::found(subject, scenario, &mut log, &mut report)?;
        scenario.steps.iter().try_for_each(|step| {
            taken += 1;
            walk.step(step)
        })
    }));
    let ran =
        ran.unwrap_or_else(|panic| Err(Broken::new(Property::Panic, panic_text(panic.as_ref()))));
    match ran {
        Ok(()) => Ok(report),
        Err(broken) => Err((broken.after(log), taken)),
    }
}

/// A group in the middle of a walk.
struct Walk<'w> {
    subject: &'w Subject,
    log: &'w mut Vec<String>,
    report: &'w mut Report,
    framing: Framing,
    hub: Option<Hub>,
    members: Vec<Member>,
    fault: Option<Fault>,
    /// Whose sealed commit is losing.
    loser: Option<usize>,
    /// What was proposed in this epoch, and by whom.
    pooled: BTreeSet<(String, String)>,
}

impl<'w> Walk<'w> {
    fn found(
        subject: &'w Subject,
        scenario: &Scenario,
        log: &'w mut Vec<String>,
        report: &'w mut Report,
    ) -> Result<Self, Broken> {
        let framing = scenario.framing;
        let founder = Person::new(subject, "alice", framing)?;
        let (config, words) = config(subject, &founder, scenario);
        log.push(format!("alice founds the group{words}"));
        let group = founder.client.create_group(config).map_err(|e| {
            Broken::new(
                Property::Setup,
                format!("a group cannot be founded with this state: {e}"),
            )
        })?;
        let mut founder = Member::new(founder, group);
        let hub = match framing {
            Framing::Public => {
                let info = founder.group()?.group_info();
                let info = info.map_err(|e| Broken::new(Property::Setup, e.to_string()))?;
                Some(Hub::follow(subject, &info)?)
            }
            Framing::Private => None,
        };
        Ok(Self {
            subject,
            log,
            report,
            framing,
            hub,
            members: vec![founder],
            fault: None,
            loser: None,
            pooled: BTreeSet::new(),
        })
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        self.fault = step.fault;
        match &step.action {
            Action::Commit(commit, end) => self.commit(commit, *end)?,
            Action::Race(first, second) => self.race(first, second)?,
            Action::Join(update) => self.join(*update)?,
            Action::Say(by) => self.say(*by)?,
            Action::Restart(who) => self.restart(*who)?,
            Action::RestartHub => self.restart_hub()?,
        }
        self.agree()
    }

    /// Everybody is in the same epoch, with the same members and the same components.
    fn agree(&mut self) -> Result<(), Broken> {
        let mut members = self.members.iter_mut();
        let Some(first) = members.next() else {
            return Ok(());
        };
        let expected = first.snapshot()?;
        let same = |what: &str, who: &str| {
            Broken::new(
                Property::Agreement,
                format!("{who} and {} disagree: {what}", first.name()),
            )
        };
        for member in members {
            let found = member.snapshot()?;
            if found.epoch != expected.epoch {
                let what = difference(self.subject, &expected.epoch, &found.epoch);
                return Err(same(&what, member.name()));
            }
            if !found.same_secrets(&expected) {
                return Err(same("their secrets differ", member.name()));
            }
        }
        match &self.hub {
            Some(hub) if *hub.group.epoch() != expected.epoch => {
                let what = difference(self.subject, &expected.epoch, hub.group.epoch());
                Err(same(&what, "the hub"))
            }
            _ => Ok(()),
        }
    }

    /// One step of one member, with its name. Its store fails if the fault is for this moment.
    fn attempt<R>(
        &mut self,
        index: usize,
        moment: Moment,
        work: impl FnMut(&mut Group) -> mls_trellis_engine::Result<R>,
    ) -> Result<(String, Tried<R>), Broken> {
        let trouble = self.take_fault(moment);
        let member = self.members.get_mut(index);
        let member = member.ok_or_else(|| Broken::new(Property::Setup, "no such member"))?;
        let name = member.name().to_owned();
        let faults = self.report.faults;
        let tried = member.attempt(self.subject, trouble, &mut self.report.faults, work);
        if let Some((trouble, restart)) = trouble.filter(|_| self.report.faults > faults) {
            let and = if restart { ", and is restarted" } else { "" };
            self.log.push(format!("{name}: {trouble}{and}"));
        }
        Ok((name, tried?))
    }

    fn take_fault(&mut self, moment: Moment) -> Option<(Trouble, bool)> {
        let fault = self.fault.take_if(|fault| fault.at == moment)?;
        let trouble = match fault.trouble {
            // What was proposed and not seen would be known to its proposer alone.
            Trouble::Answer if moment == Moment::Propose => Trouble::Batch,
            other => other,
        };
        Some((trouble, fault.restart))
    }

    /// The hub takes in a message. `None` means that there is no hub.
    fn hub_receives(&mut self, message: &[u8]) -> Result<Option<Tried<Followed>>, Broken> {
        let trouble = self.take_fault(Moment::Hub);
        let Some(hub) = &mut self.hub else {
            return Ok(None);
        };
        let before = hub.group.epoch().clone();
        hub.store.arm(trouble.map(|(trouble, _)| trouble));
        let result = hub.group.receive(message);
        let fired = hub.store.disarm();
        let Some((trouble, restart)) = trouble.filter(|_| fired) else {
            return Ok(Some(match result {
                Ok(done) => Tried::Done(done),
                Err(error) => Tried::Refused(error),
            }));
        };
        self.report.faults += 1;
        self.log.push(format!("the hub: {trouble}"));
        let torn = |what: String| {
            Broken::new(
                Property::Atomicity,
                format!("the hub: {trouble}, and {what}"),
            )
        };
        match result {
            Err(Error::Store(_)) => {}
            Err(other) => return Err(torn(format!("the step says: {other}"))),
            Ok(_) => return Err(torn("the step succeeds all the same".into())),
        }
        if restart {
            hub.restart(self.subject)?;
        }
        if trouble != Trouble::Answer && *hub.group.epoch() != before {
            return Err(torn("the group is not what it was".into()));
        }
        Ok(Some(match hub.group.receive(message) {
            Ok(Followed::StaleEpoch { .. } | Followed::Duplicate) if trouble == Trouble::Answer => {
                Tried::Unseen
            }
            Ok(done) => Tried::Done(done),
            Err(error) => Tried::Refused(error),
        }))
    }

    /// Reads something of one member's group.
    fn look<R>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut Group) -> mls_trellis_engine::Result<R>,
    ) -> Result<R, Broken> {
        let name = self.name_of(index);
        let member = self.members.get_mut(index);
        let member = member.ok_or_else(|| Broken::new(Property::Setup, "no such member"))?;
        read(member.group()?).map_err(|e| trouble(&name, "cannot read its group", &e))
    }

    fn name_of(&self, index: usize) -> String {
        self.members
            .get(index)
            .map_or_else(String::new, |member| member.name().to_owned())
    }

    /// A name that nobody in the group goes by.
    fn free_name(&self, taken: &[Person]) -> Option<&'static str> {
        let members = self.members.iter().map(Member::name);
        let used: Vec<_> = members
            .chain(taken.iter().map(|p| p.name.as_str()))
            .collect();
        NAMES.into_iter().find(|name| !used.contains(name))
    }

    /// A client that is not a member yet, with a KeyPackage.
    fn candidate(&self, name: &str, mark: usize) -> Result<(Person, Vec<u8>, String), Broken> {
        let person = Person::new(self.subject, name, self.framing)?;
        let mut options = KeyPackageOptions::default();
        let mut words = String::new();
        let marks = &self.subject.marks;
        // Every other KeyPackage is without a mark.
        if let Some(mark) = marks
            .get(mark / 2 % marks.len().max(1))
            .filter(|_| mark.is_multiple_of(2))
        {
            options = (mark.publish)(options);
            words = format!(
                " (with {} {} in the KeyPackage)",
                mark.owner.name,
                mark.value.show()
            );
        }
        let key_package = person.client.key_package(&options).map_err(|e| {
            Broken::new(
                Property::Setup,
                format!("{name} cannot make a KeyPackage: {e}"),
            )
        })?;
        Ok((person, key_package.message, words))
    }
}

/// How the group starts: every component is required, and has one of its sample states.
fn config(subject: &Subject, founder: &Person, scenario: &Scenario) -> (GroupConfig, String) {
    let plugins = founder.client.plugins();
    let mut config = GroupConfig::new(ROOM).framing(scenario.framing);
    let mut words = String::new();
    for declared in &subject.components {
        config = (declared.require)(config);
        let own = subject
            .states
            .iter()
            .filter(|state| state.owner.name == declared.name);
        let own: Vec<_> = own.collect();
        if let Some(state) = own.get(scenario.state % own.len().max(1)) {
            config = (state.found)(config);
            words += &format!(", with {} {}", declared.name, state.value.show());
        }
    }
    let contexts = &subject.contexts;
    if let Some(context) = contexts.get(scenario.state % contexts.len().max(1)) {
        config = (context.found)(config);
        words += &format!(", with {} {}", context.owner.name, context.value.show());
    }
    let aad: Vec<_> = plugins
        .components()
        .filter(|e| e.aad_item.is_some())
        .map(|e| e.id)
        .collect();
    if !aad.is_empty() {
        config = config.safe_aad(aad);
    }
    if scenario.framing == Framing::Private {
        words += ", with encrypted handshakes";
    }
    (config, words)
}

/// Everybody but one.
fn others(count: usize, one: usize) -> impl Iterator<Item = usize> {
    (0..count).filter(move |index| *index != one)
}

/// Something that should have worked and did not.
fn trouble(name: &str, what: &str, error: &Error) -> Broken {
    Broken::new(Property::Agreement, format!("{name} {what}: {error}"))
}

/// In what two epochs differ.
fn difference(
    subject: &Subject,
    left: &mls_trellis_hooks::EpochState,
    right: &mls_trellis_hooks::EpochState,
) -> String {
    if left.epoch != right.epoch {
        return format!("epoch {} against {}", right.epoch, left.epoch);
    }
    for declared in &subject.components {
        let (l, r) = ((declared.id)(&left.ids), (declared.id)(&right.ids));
        if left.data(l) != right.data(r) {
            return format!("the state of {} differs", declared.name);
        }
    }
    if left.leaves != right.leaves {
        return "the members differ".into();
    }
    "the GroupContext differs".into()
}
