//! Crate doc
//! more
use a::b;
/// Doc of foo
/// line 2
#[derive(Debug, Clone)]
pub(crate) struct Foo<'a> { 
    /// field doc
    pub x: &'a str, y: char }
/** block doc */
impl<'a> Foo<'a> {
    /// method
    pub async unsafe fn bar(&self, c: char) -> u8 { let x = 'a'; let s = r#"/// no "x" "#; b'x' }
}
#[doc = "attr"]
pub trait T { /// tm
 fn q(); }
macro_rules! mm { () => {} }
/* a /* nested */ b */
