//! What every program does: print the names of its plugins, or what is wrong with them.

use mls_trellis_registry::Registry;

pub fn print(registry: Registry) {
    match registry.build() {
        Ok(plugins) => {
            let names: Vec<_> = plugins.report().iter().map(|line| line.name).collect();
            println!("[{}]", names.join(" "));
        }
        Err(errors) => println!("{errors}"),
    }
}
