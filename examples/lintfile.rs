use std::sync::Arc;
struct N;
impl tidegate::source::Files for N {
    fn read(&self, _: &str) -> Option<String> {
        None
    }
    fn list(&self, _: &str) -> Option<Vec<String>> {
        None
    }
}
fn main() {
    for p in std::env::args().skip(1) {
        let t = std::fs::read_to_string(&p).unwrap();
        let i = tidegate::compile::Input {
            file: tidegate::source::SourceFile::new(&*p, &*t),
            path: p.clone(),
            files: Arc::new(N),
        };
        let r = tidegate::check::check(&i);
        println!("{p} {:?}", r.kind);
        for d in r.diagnostics {
            if d.rule.name.starts_with("template/") {
                continue;
            }
            let (_, s, _) = d.primary.span.order();
            let line = t[..s.min(t.len())].lines().count();
            println!("  {line}: {} {} -- {}", d.rule.name, d.message, d.help.unwrap_or_default());
        }
    }
}
