//! The same question gets the same answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mls_trellis_hooks::Plugins;

use crate::{
    Property, Report, Subject,
    failure::{Broken, panic_text},
    rng::Rng,
    scene::{Answer, Scene},
};

/// The scenes of a check with the answers that the first instance gave.
pub(crate) struct Transcript {
    scenes: Vec<(Scene, Vec<Answer>)>,
}

impl Transcript {
    /// Asks one instance, and compares with itself, with another instance that is asked the other
    /// way round, and with another thread.
    pub(crate) fn take(subject: &Subject, report: &mut Report) -> Result<Self, Broken> {
        let plugins = subject.plugins()?;
        let mut rng = Rng::new(subject.effort.seed);
        let scenes = (0..subject.effort.transitions).map(|_| {
            let scene = Scene::draw(subject, &plugins, &mut rng);
            let answers = answers(&scene, &plugins)?;
            Ok((scene, answers))
        });
        let transcript = Self {
            scenes: scenes.collect::<Result<_, Broken>>()?,
        };
        report.transitions += transcript.scenes.len();
        transcript.compare(&plugins, "asked again")?;
        let other = subject.plugins()?;
        transcript.compare_reversed(&other)?;
        let elsewhere = std::thread::scope(|scope| {
            let thread = scope.spawn(|| transcript.compare(&other, "asked on another thread"));
            thread.join().unwrap_or_else(|panic| {
                Err(Broken::new(Property::Panic, panic_text(panic.as_ref())))
            })
        });
        elsewhere?;
        Ok(transcript)
    }

    /// Asks a new instance, some time later.
    pub(crate) fn compare_later(&self, subject: &Subject) -> Result<(), Broken> {
        self.compare(&subject.plugins()?, "from a new instance, some time later")
    }

    fn compare(&self, plugins: &Plugins, when: &str) -> Result<(), Broken> {
        self.scenes
            .iter()
            .try_for_each(|scene| same(scene, plugins, when))
    }

    fn compare_reversed(&self, plugins: &Plugins) -> Result<(), Broken> {
        let when = "from another instance that was asked other things before";
        self.scenes
            .iter()
            .rev()
            .try_for_each(|scene| same(scene, plugins, when))
    }
}

fn same(
    (scene, first): &(Scene, Vec<Answer>),
    plugins: &Plugins,
    when: &str,
) -> Result<(), Broken> {
    let now = answers(scene, plugins)?;
    let Some((old, new)) = first.iter().zip(&now).find(|(old, new)| old != new) else {
        return Ok(());
    };
    let what = format!("{old}; {when}: {new}");
    Err(Broken::new(Property::Determinism, what).after(scene.words().to_vec()))
}

fn answers(scene: &Scene, plugins: &Plugins) -> Result<Vec<Answer>, Broken> {
    let answers = catch_unwind(AssertUnwindSafe(|| scene.answers(plugins)));
    answers.map_err(|panic| {
        let what = format!("the plugin panics: {}", panic_text(panic.as_ref()));
        Broken::new(Property::Panic, what).after(scene.words().to_vec())
    })
}
