import { type ComponentChildren } from "preact";

/** An equation on a line of its own; `said` is its text for screen readers. */
export function Equation({ said, children }: { said: string; children: ComponentChildren }) {
  return (
    <div class="equation" role="math" aria-label={said}>
      <math display="block" aria-hidden="true">
        {children}
      </math>
    </div>
  );
}

/** x = z - u(z, 0, 1). */
export function JumpEquation() {
  return (
    <Equation said="x equals f of z, which is z minus u of z, from time 0 to 1">
      <mi>x</mi>
      <mo>=</mo>
      <mi>f</mi>
      <mo>(</mo>
      <mi>z</mi>
      <mo>)</mo>
      <mo>=</mo>
      <mi>z</mi>
      <mo>−</mo>
      <mi>u</mi>
      <mo>(</mo>
      <mi>z</mi>
      <mo>,</mo>
      <mn>0</mn>
      <mo>,</mo>
      <mn>1</mn>
      <mo>)</mo>
    </Equation>
  );
}

/** z ~ N(mu(y), sigma(y)^2). */
export function AdapterEquation() {
  return (
    <Equation said="z is drawn from a Gaussian with mean mu of y and standard deviation sigma of y">
      <mi>z</mi>
      <mo>=</mo>
      <mi>μ</mi>
      <mo>(</mo>
      <mi>y</mi>
      <mo>)</mo>
      <mo>+</mo>
      <mi>σ</mi>
      <mo>(</mo>
      <mi>y</mi>
      <mo>)</mo>
      <mi>ε</mi>
      <mo>,</mo>
      <mspace width="1em" />
      <mi>ε</mi>
      <mo>∼</mo>
      <mi>N</mi>
      <mo>(</mo>
      <mn>0</mn>
      <mo>,</mo>
      <mi>I</mi>
      <mo>)</mo>
    </Equation>
  );
}

/** L = L_flow / (2 tau^2) + E |y - A f(z)|^2 / (2 sigma^2) + KL. */
export function JointEquation() {
  return (
    <Equation said="The loss is the flow's loss over two tau squared, plus the misfit of A f of z to y, plus the divergence of q of z given y from a standard Gaussian">
      <mi>L</mi>
      <mo>=</mo>
      <mfrac>
        <mn>1</mn>
        <mrow>
          <mn>2</mn>
          <msup>
            <mi>τ</mi>
            <mn>2</mn>
          </msup>
        </mrow>
      </mfrac>
      <msub>
        <mi>L</mi>
        <mtext>flow</mtext>
      </msub>
      <mo>+</mo>
      <mfrac>
        <mrow>
          <mo>|</mo>
          <mi>y</mi>
          <mo>−</mo>
          <mi>A</mi>
          <mi>f</mi>
          <mo>(</mo>
          <mi>z</mi>
          <mo>)</mo>
          <msup>
            <mo>|</mo>
            <mn>2</mn>
          </msup>
        </mrow>
        <mrow>
          <mn>2</mn>
          <msup>
            <mi>σ</mi>
            <mn>2</mn>
          </msup>
        </mrow>
      </mfrac>
      <mo>+</mo>
      <mtext>KL</mtext>
      <mo>(</mo>
      <mi>q</mi>
      <mo>∥</mo>
      <mi>N</mi>
      <mo>(</mo>
      <mn>0</mn>
      <mo>,</mo>
      <mi>I</mi>
      <mo>)</mo>
      <mo>)</mo>
    </Equation>
  );
}
