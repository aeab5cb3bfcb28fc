/* license */
package com.acme.app;
import java.util.*;
/** Class doc {@code x}. */
@Service("x")
public final class Foo<T extends Bar> implements Baz {
  /** field */ private static final Map<String, List<Integer>> M = new HashMap<>();
  /** ctor */
  public Foo(int a) { super("}"); }
  /** method */
  @Override public <R> List<R> get(String s, char c) throws E { char q='{'; String t = """
    /** no */ { """; return null; }
  /** rec */ record P(int a) {}
  enum E { /** const */ A, B }
}
