//! A Tauri window with an empty page and nothing else: the floor for `./x bench` of the start.

fn main() {
    tauri::Builder::default()
        .run(tauri::generate_context!("tests/bench/bare/tauri.conf.json"))
        .expect("a window on this display");
}
