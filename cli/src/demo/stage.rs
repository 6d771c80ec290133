//! Everybody together, and the ways of messages between them.

use std::path::Path;

use mls_trellis_bundle::{
    content_media::{ContentMedia, Routed, Router},
    mimi_content::{Content, Part, media_types},
    mimi_room::franking::{Franking, HubKey},
    poll,
};
use mls_trellis_engine::{Event, Followed, Group, Message, Outgoing, Packet, Sealed};
use mls_trellis_hooks::{MediaType, Payload, Plugins, Reject, Secret};
use mls_trellis_registry::Registry;

use super::{
    Error,
    careless::CarelessPoll,
    cast::{Hub, Person, random},
    report::Report,
    story::{Epoch, Proposed},
    unexpected,
    verdict::Standing,
};

/// The cast, the hub, and whoever tells the story.
pub(super) struct Stage<'o> {
    pub(super) report: Report<'o>,
    pub(super) hub: Hub,
    /// What is linked, for all but Mallory.
    pub(super) plugins: Plugins,
    people: Vec<Person>,
    /// Proposals that commits may name.
    proposed: Proposed,
}

impl<'o> Stage<'o> {
    pub(super) fn new(directory: &Path, report: Report<'o>) -> Result<Self, Error> {
        let others = ["text/plain", "application/octet-stream"].map(MediaType::new);
        let media = media_types().into_iter().chain(others);
        let media = ContentMedia::receiving(media)?;
        let linked = || {
            let all = Registry::discover().with_all(mls_trellis_bundle::ALL);
            all.with(media.clone())
        };
        let plugins = linked().build()?;
        let careless = linked().without(&poll::POLL).with(CarelessPoll).build()?;
        let hub_key = HubKey::from(Secret::from(random::<32>()?.to_vec()));
        let at_hub = linked().with(Franking::default().at_hub(hub_key)).build()?;

        let mut people = Vec::new();
        for name in ["alice", "bob", "carol", "dave", "erin", "ivan"] {
            people.push(Person::new(name, plugins.clone(), directory)?);
        }
        people.push(Person::new("mallory", careless, directory)?);
        Ok(Self {
            report,
            hub: Hub::new(at_hub, directory)?,
            plugins,
            people,
            proposed: Proposed::new(),
        })
    }

    pub(super) fn person(&mut self, name: &str) -> Result<&mut Person, Error> {
        let mut people = self.people.iter_mut();
        let missing = || unexpected(format!("{name} is not of the cast"));
        people
            .find(|person| person.name == name)
            .ok_or_else(missing)
    }

    /// The room as somebody sees it.
    pub(super) fn room(&mut self, name: &str) -> Result<&mut Group, Error> {
        self.person(name)?.room()
    }

    /// Everybody who is in the room.
    pub(super) fn members(&mut self) -> impl Iterator<Item = &mut Person> {
        let people = self.people.iter_mut();
        people.filter(|person| person.room.is_some())
    }

    /// Tells that somebody does something.
    pub(super) fn act(&mut self, who: &str, does: &str) -> Result<(), Error> {
        Ok(self.report.act(who, does)?)
    }

    /// Tells that somebody sends something of so many bytes.
    pub(super) fn sends(&mut self, who: &str, what: &str, bytes: usize) -> Result<(), Error> {
        Ok(self.report.sends(who, what, bytes)?)
    }

    /// Tells that somebody refuses something that had to be refused.
    pub(super) fn refuses<T>(
        &mut self,
        who: &str,
        result: Result<T, impl Into<Error>>,
    ) -> Result<(), Error> {
        Ok(self.report.refuses(who, &refusal(result)?)?)
    }

    /// Lets the hub follow the room.
    pub(super) fn follow(&mut self, group_info: Vec<u8>) -> Result<(), Error> {
        self.hub.follow(group_info)?;
        self.act("hub", "follows the room, without any of its secrets")?;
        let epoch = Epoch::first(self.hub.room()?, &self.plugins)?;
        self.report.epoch(epoch);
        Ok(())
    }

    /// Hands a sealed commit to the hub. If the hub takes it, the sender merges it and everybody
    /// else gets it.
    pub(super) fn submit(
        &mut self,
        sender: &str,
        sealed: &Sealed,
        what: &str,
    ) -> Result<(), Error> {
        self.sends(sender, what, sealed.commit.len())?;
        let before = self.hub.room()?.epoch().clone();
        match self.hub.take_in(&sealed.commit)? {
            Followed::Epoch(change) => {
                let epoch = change.epoch;
                self.act("hub", &format!("takes it: the room is in epoch {epoch}"))?;
                let done = (sealed.commit.as_slice(), &change);
                let (room, proposed) = (self.hub.room()?, &self.proposed);
                let epoch = Epoch::since(&before, done, proposed, room, &self.plugins)?;
                self.report.epoch(epoch);
            }
            other => return Err(unexpected(format!("the hub found {other:?}"))),
        }
        self.hub.keep_group_info(sealed.group_info.as_ref());

        let person = self.person(sender)?;
        let room = person.room()?;
        match room.epoch().epoch < sealed.epoch {
            true => room.accept(sealed).map(drop)?,
            // Whoever joins from outside is in the new epoch already.
            false => room.sent(sealed.number)?,
        }
        person.act()?;
        self.fan_out(sender, &sealed.commit)
    }

    /// Sends those who were added their Welcome, which waits in the outbox since the commit was
    /// merged, and lets them join.
    pub(super) fn welcome(&mut self, sender: &str, added: &[&str]) -> Result<(), Error> {
        let room = self.room(sender)?;
        for (number, outgoing) in room.outbox()? {
            let Outgoing::Welcome(welcome) = outgoing else {
                continue;
            };
            self.sends(sender, "sends a Welcome", welcome.len())?;
            for name in added {
                let person = self.person(name)?;
                person.room = Some(person.client().join(&welcome)?);
                self.act(name, "checks the room against every rule, and joins")?;
            }
            self.room(sender)?.sent(number)?;
        }
        Ok(())
    }

    /// Hands a proposal to the hub, and on to everybody else.
    pub(super) fn propose(
        &mut self,
        sender: &str,
        packet: &Packet,
        what: &str,
    ) -> Result<(), Error> {
        self.sends(sender, what, packet.message.len())?;
        match self.hub.take_in(&packet.message)? {
            Followed::Proposal(proposed) => {
                let kept = (proposed.from.name(), packet.message.clone());
                self.proposed.insert(proposed.reference, kept);
                self.act("hub", "takes it, for a commit to name it")?;
            }
            other => return Err(unexpected(format!("the hub found {other:?}"))),
        }
        self.room(sender)?.sent(packet.number)?;
        self.fan_out(sender, &packet.message)
    }

    /// Sends an application message, which the hub cannot read, and tells what the others read.
    pub(super) fn send(&mut self, sender: &str, packet: &Packet) -> Result<(), Error> {
        self.sends(sender, "sends an encrypted message", packet.message.len())?;
        self.room(sender)?.sent(packet.number)?;
        self.fan_out(sender, &packet.message)?;
        for person in self.people.iter().filter(|person| person.name != sender) {
            let Some(Event::Message(message)) = &person.learned else {
                continue;
            };
            let (from, what) = (message.from.name(), read(message));
            self.report
                .act(person.name, &format!("reads what {from} sent: {what}"))?;
        }
        Ok(())
    }

    /// As [`send`](Self::send), by way of the hub, which stamps the message.
    pub(super) fn send_stamped(&mut self, sender: &str, packet: &Packet) -> Result<(), Error> {
        self.sends(sender, "sends an encrypted message", packet.message.len())?;
        self.room(sender)?.sent(packet.number)?;
        let stamps = self.hub.stamp(&packet.message, sender)?;
        self.act("hub", "franks it: from whom, in which room, when")?;
        for person in &mut self.people {
            if person.name == sender || person.room.is_none() {
                continue;
            }
            let message = person.take_in_stamped(&packet.message, &stamps)?;
            let what = format!("verifies the frank, and reads: {}", read(&message));
            self.report.act(person.name, &what)?;
        }
        Ok(())
    }

    /// Gives everybody but the sender a message that the hub has taken.
    fn fan_out(&mut self, sender: &str, message: &[u8]) -> Result<(), Error> {
        for person in &mut self.people {
            person.learned = None;
            if person.name == sender || person.room.is_none() {
                continue;
            }
            person.take_in(message).map_err(|e| e.of(person.name))?;
            if person.room.is_none() {
                self.report
                    .act(person.name, "learns that they are out of the room")?;
            }
        }
        Ok(())
    }

    /// Where the hub and every member stand, when nothing waits to be sent or acted on.
    pub(super) fn standings(&mut self) -> Result<Vec<Standing>, Error> {
        let mut standings = vec![Standing::of_hub(self.hub.room()?)];
        for person in self.members() {
            let (name, room) = (person.name, person.room()?);
            if !room.outbox()?.is_empty() || !room.inbox()?.is_empty() {
                return Err(unexpected(format!("{name} is not done")));
            }
            standings.push(Standing::of_member(name, room)?);
        }
        Ok(standings)
    }
}

/// What a message says, in words, by its media type.
fn read(message: &Message) -> String {
    let router = Router::new()
        .on("text/plain", |payload| {
            format!("text, {:?}", String::from_utf8_lossy(&payload.body))
        })
        .on(
            "application/mimi-content",
            |payload| match Content::decode(&payload.body).map(|content| content.body.part) {
                Ok(Part::Single(part)) => {
                    format!("MIMI content, {:?}", String::from_utf8_lossy(&part.content))
                }
                _ => "MIMI content".to_owned(),
            },
        )
        .on("application/octet-stream", |payload| {
            format!("{} bytes of something", payload.body.len())
        });
    let media_type = message.media_type.as_ref().map(|essence| MediaType {
        essence: essence.clone(),
        parameters: message.parameters.clone(),
    });
    let payload = Payload {
        media_type,
        body: message.body.clone(),
    };
    match router.route(&payload) {
        Routed::Handled(words) => words,
        Routed::Unhandled => "something that this program cannot show".to_owned(),
    }
}

/// The rule by which something was refused that had to be.
fn refusal<T>(result: Result<T, impl Into<Error>>) -> Result<Reject, Error> {
    match result.map_err(Into::into) {
        Ok(_) => Err(unexpected("nobody refused it")),
        Err(Error::Rejected(reject)) => Ok(reject),
        Err(Error::Handle(mls_trellis_hooks::HandleError::Reject(reject))) => Ok(reject),
        Err(Error::Engine(error)) => match error.as_reject() {
            Some(reject) => Ok(reject.clone()),
            None => Err(error.into()),
        },
        Err(other) => Err(other),
    }
}
