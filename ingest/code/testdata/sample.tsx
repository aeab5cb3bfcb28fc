/** comp */
export function A() {
  return <p>Don't do it {x ? "a" : 'b'} it's</p>;
}
/** second */
export const B = () => <div className="x">// no comment, isn't /* hm */</div>;
/** third */
export function C(a: Array<string>): void {}
