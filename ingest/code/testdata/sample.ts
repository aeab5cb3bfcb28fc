#!/usr/bin/env node
/**
 * Module doc.
 * @packageDocumentation
 */
import { a } from "b"; // x
/** Does it. */
export async function doIt<T>(x: T = /re'g"ex\/{/g, y = `a ${x + `/** no */`} b`): Promise<T> {
  return x / 2 / 3;
}
/** A class. */
@Injectable({a: 1})
export default abstract class Foo<T> extends Bar {
  /** the field */
  private readonly name: string = "x";
  /** m doc */
  @deco() async *method(a: number) { if (a) { } }
  /** getter */
  get value(): number { return 1; }
  #p = 1;
}
/** arrow */
export const arrow = (x) => x;
/** type */
type Q = { /** inner */ a: string };
export interface I { /** im */ m(x: string): void }
enum E { A }
