//! The rules, as functions of plain values.

use mls_trellis_hooks::{Actor, Reject, Sent, WireFormatId};

use crate::Reason;

impl Reason {
    /// REKEY-1: it says something, and not too much.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        match self.why.0.len() {
            1..=100 => Ok(()),
            length => Err(Reject::peer(
                "REKEY-1",
                format!("a reason of {length} bytes"),
            )),
        }
    }
}

/// REKEY-2: members ask.
pub(crate) fn of_a_member(from: &Actor) -> Result<(), Reject> {
    match from {
        Actor::Member(_) => Ok(()),
        _ => Err(Reject::peer("REKEY-2", format!("{from} is not a member"))),
    }
}

/// REKEY-3: a hub can read it.
pub(crate) fn in_the_clear(framing: Option<WireFormatId>) -> Result<(), Reject> {
    match framing {
        Some(WireFormatId::PRIVATE_MESSAGE) => {
            Err(Reject::peer("REKEY-3", "it came in a PrivateMessage"))
        }
        _ => Ok(()),
    }
}

/// REKEY-4: nobody asks twice.
pub(crate) fn once(asked: &[Sent<Reason>]) -> Result<(), Reject> {
    let twice = asked.iter().enumerate().find(|(index, sent)| {
        let mut earlier = asked.iter().take(*index);
        earlier.any(|other| other.from == sent.from)
    });
    match twice {
        Some((_, sent)) => {
            Err(Reject::peer("REKEY-4", format!("{} asks twice", sent.from))
                .culprit_at(sent.position))
        }
        None => Ok(()),
    }
}
