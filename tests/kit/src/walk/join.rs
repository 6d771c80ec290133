//! Joining: by Welcome, and from outside.

use mls_trellis_engine::{Error, Followed};

use super::{
    ROOM, Walk,
    client::{Member, Person, Tried},
    plan::CROWD,
    trouble,
};
use crate::{Property, failure::Broken, faulty::Trouble, sample::Moment, scenario::Moment as When};

impl Walk<'_> {
    pub(super) fn join_by_welcome(
        &mut self,
        mut person: Person,
        welcome: &[u8],
    ) -> Result<Member, Broken> {
        let name = person.name.clone();
        let trouble_now = self.take_fault(When::Welcome);
        person.store.arm(trouble_now.map(|(trouble, _)| trouble));
        let joined = person.client.join(welcome);
        let fired = person.store.disarm();
        let Some((kind, restart)) = trouble_now.filter(|_| fired) else {
            let group = joined.map_err(|e| trouble(&name, "cannot join by Welcome", &e))?;
            return Ok(Member::new(person, group));
        };
        self.report.faults += 1;
        self.log.push(format!("{name}: {kind}"));
        let torn = |what: String| {
            Broken::new(
                Property::Atomicity,
                format!("{name} joins, {kind}, and {what}"),
            )
        };
        match joined {
            Err(Error::Store(_)) => {}
            Err(other) => return Err(torn(format!("the step says: {other}"))),
            Ok(_) => return Err(torn("the step succeeds all the same".into())),
        }
        if restart {
            person.restart(self.subject)?;
        }
        let groups = person
            .client
            .groups()
            .map_err(|e| trouble(&name, "cannot read", &e))?;
        let group = match (kind, groups.is_empty()) {
            (Trouble::Answer, false) => person.client.group(ROOM),
            (_, true) => person.client.join(welcome),
            (_, false) => return Err(torn("the group is there all the same".into())),
        };
        let group = group.map_err(|e| torn(format!("the Welcome is used up: {e}")))?;
        Ok(Member::new(person, group))
    }

    /// Somebody joins from outside, and may bring an update along.
    pub(super) fn join(&mut self, update: Option<usize>) -> Result<(), Broken> {
        let count = self.members.len();
        let Some(name) = self.free_name(&[]).filter(|_| count < CROWD) else {
            return Ok(());
        };
        let Some(host) = self.members.first_mut() else {
            return Ok(());
        };
        let info = host.group()?.group_info();
        let info = info.map_err(|e| trouble(host.name(), "has no GroupInfo", &e))?;
        let person = Person::new(self.subject, name, self.framing)?;
        let mut external = person.client.join_external(&info);
        let mut words = format!("{name} joins from outside");
        let samples = &self.subject.updates;
        let chosen = update
            .and_then(|u| samples.get(u % samples.len().max(1)))
            .cloned();
        for update in self
            .subject
            .along_with(Moment::Join, name)
            .into_iter()
            .chain(chosen)
        {
            words += &format!(
                ", with the {} update {}",
                update.owner.name,
                update.value.show()
            );
            external = (update.join)(external);
        }
        let (group, sealed) = match external.seal() {
            Ok(joined) => joined,
            Err(Error::Rejected(reject)) => {
                self.log.push(format!("{words}; refused: {reject}"));
                self.report.refused += 1;
                return Ok(());
            }
            Err(error) => {
                self.log.push(words);
                return Err(trouble(name, "cannot join from outside", &error));
            }
        };
        self.log.push(words);
        let mut told = None;
        match self.hub_receives(&sealed.commit)? {
            None | Some(Tried::Unseen) => {}
            Some(Tried::Done(Followed::Epoch(change))) => told = Some(change),
            Some(Tried::Done(other)) => {
                let what = format!("the hub makes {other:?} of the external commit of {name}");
                return Err(Broken::new(Property::Agreement, what));
            }
            Some(Tried::Refused(error)) => {
                return Err(trouble(
                    "the hub",
                    &format!("refuses what {name} committed"),
                    &error,
                ));
            }
        }
        self.everybody_merges(None, name, &sealed.commit, &mut told)?;
        self.members.push(Member::new(person, group));
        self.pooled.clear();
        self.count(told.as_ref());
        self.report.external_joins += 1;
        Ok(())
    }
}
