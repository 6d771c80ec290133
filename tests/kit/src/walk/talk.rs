//! Messages, and restarts.

use mls_trellis_engine::{Error, Event, Group, Received};
use mls_trellis_hooks::Payload;

use super::{Walk, client::Tried, others, trouble};
use crate::{Property, failure::Broken, scenario::Moment};

impl Walk<'_> {
    pub(super) fn say(&mut self, by: usize) -> Result<(), Broken> {
        // OpenMLS sends nothing while proposals wait.
        if !self.pooled.is_empty() {
            return Ok(());
        }
        let by = by % self.members.len();
        let body = format!("message {}", self.report.messages);
        let payload = Payload::plain(body.as_bytes());
        let (name, sent) = self.attempt(by, Moment::Propose, |group| group.send(&payload))?;
        let packet = match sent {
            Tried::Done(packet) => packet,
            Tried::Refused(Error::Rejected(reject)) => {
                self.log
                    .push(format!("{name} says {body:?}; refused: {reject}"));
                return Ok(());
            }
            Tried::Refused(error) => return Err(trouble(&name, "cannot send", &error)),
            Tried::Unseen => return Ok(()),
        };
        self.log.push(format!("{name} says {body:?}"));
        let mut heard = None;
        for index in others(self.members.len(), by) {
            let message = packet.message.clone();
            let received = self.attempt(index, Moment::Receive, |group| group.receive(&message))?;
            match received {
                (who, Tried::Done(Received::Message(_, message))) => {
                    let first = heard.get_or_insert_with(|| message.clone());
                    if *first != message || message.body != body.as_bytes() {
                        let what = format!("{who} reads the message of {name} as {message:?}");
                        return Err(Broken::new(Property::Agreement, what));
                    }
                }
                // Its store wrote the message, and the answer was lost.
                (_, Tried::Done(Received::Duplicate)) if self.was_read(index, &body)? => {}
                (_, Tried::Unseen) => {}
                (who, Tried::Done(other)) => {
                    let what = format!("{who} makes {other:?} of a message of {name}");
                    return Err(Broken::new(Property::Agreement, what));
                }
                (who, Tried::Refused(error)) => {
                    return Err(trouble(
                        &who,
                        &format!("cannot read a message of {name}"),
                        &error,
                    ));
                }
            }
        }
        self.report.messages += 1;
        Ok(())
    }

    pub(super) fn restart(&mut self, who: usize) -> Result<(), Broken> {
        let index = who % self.members.len();
        let Some(member) = self.members.get_mut(index) else {
            return Ok(());
        };
        self.log.push(format!("{} is restarted", member.name()));
        self.report.restarts += 1;
        let before = member.snapshot()?;
        member.restart(self.subject)?;
        match member.snapshot()? == before {
            true => Ok(()),
            false => Err(Broken::new(
                Property::Atomicity,
                format!(
                    "{} finds another group in its store than it left",
                    member.name()
                ),
            )),
        }
    }

    pub(super) fn restart_hub(&mut self) -> Result<(), Broken> {
        let Some(hub) = &mut self.hub else {
            return Ok(());
        };
        self.log.push("the hub is restarted".into());
        self.report.restarts += 1;
        hub.restart(self.subject)
    }

    /// Whether the newest event in the member's inbox is this message.
    fn was_read(&mut self, index: usize, body: &str) -> Result<bool, Broken> {
        let inbox = self.look(index, |group| Group::inbox(group))?;
        let last = inbox.last().map(|delivered| &delivered.event);
        Ok(matches!(last, Some(Event::Message(message)) if message.body == body.as_bytes()))
    }
}
