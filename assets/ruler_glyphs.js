// Outlines of the letters of a logo in a box of 100 x 100, so that they scale to any width and height without blur.

const OUTLINES = {
  A: "M0,100 L37,0 H63 L100,100 H78 L70.5,78 H29.5 L22,100 Z M35.5,60.5 H64.5 L50,17 Z",
  C:
    "M98,66 C93,88 76,100 53,100 C21,100 1,80 1,50 C1,20 21,0 53,0 C76,0 93,12 98,34 L76,38 " +
    "C73,25 65,18 53,18 C34,18 23,30 23,50 C23,70 34,82 53,82 C65,82 73,75 76,62 Z",
  G:
    "M99,47 H53 V64 H77 C76,76 67,82 54,82 C34,82 23,70 23,50 C23,30 34,18 54,18 C65,18 72,23 75,32 " +
    "L97,27 C91,10 76,0 54,0 C21,0 1,20 1,50 C1,80 21,100 54,100 C82,100 99,83 99,55 Z",
  T: "M2,0 H98 V19 H61 V100 H39 V19 H2 Z",
  U:
    "M4,0 H27 V60 C27,75 35,82 50,82 C65,82 73,75 73,60 V0 H96 V61 C96,86 79,100 50,100 " +
    "C21,100 4,86 4,61 Z",
  N: "M5,100 V0 H28 L73,64 V0 H95 V100 H72 L27,36 V100 Z",
};

const GLYPHS = Object.fromEntries(Object.entries(OUTLINES).map(([letter, outline]) => [letter, new Path2D(outline)]));

// Fill one letter into a box (CSS pixels); `turned` stands it on its head.
function drawGlyph(ctx, letter, { left, top, width, height, turned }) {
  const dpr = ctx.dpr;
  const flip = turned ? -1 : 1;
  ctx.setTransform(
    (dpr * width) / 100, 0, 0, (flip * dpr * height) / 100, dpr * left, dpr * (turned ? top + height : top),
  );
  ctx.fill(GLYPHS[letter] ?? GLYPHS.N, "evenodd");
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
}
