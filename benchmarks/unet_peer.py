"""The two training steps of `npm run bench -- unet`, written for PyTorch: the peer that the benchmark is measured against.

Reads one request a line on stdin ({"step": "flowMatching" | "joint"}) and answers with the milliseconds of one step.
The first line that it prints says that it is ready. Arguments: the benchmark's sizes as JSON.
"""

import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from functorch import jvp

sizes = json.loads(sys.argv[1])
torch.manual_seed(0)
torch.set_num_threads(sizes["threads"])
torch.set_flush_denormal(True)
SIDE, CHANNELS, GROUPS, EMBEDDING = sizes["side"], sizes["channels"], sizes["groups"], sizes["embedding"]
WIDTHS = [CHANNELS * multiplier for multiplier in sizes["multipliers"]]
FEATURES = 32


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(EMBEDDING, 2 * channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, embedding):
        inner = self.first(F.silu(self.norm(x)))
        gain, offset = self.film(embedding)[:, :, None, None].chunk(2, 1)
        return x + self.second(F.silu(F.group_norm(inner, GROUPS) * gain + offset))


class UNet(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.input = nn.Conv2d(1, WIDTHS[0], 3, padding=1)
        self.down = nn.ModuleList(Block(width) for width in WIDTHS)
        pairs = list(zip(WIDTHS, WIDTHS[1:]))
        self.shrink = nn.ModuleList(nn.Conv2d(4 * fine, coarse, 1) for fine, coarse in pairs)
        self.middle = Block(WIDTHS[-1])
        self.merge = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in reversed(WIDTHS))
        self.up = nn.ModuleList(Block(width) for width in reversed(WIDTHS))
        self.grow = nn.ModuleList(nn.Conv2d(coarse, 4 * fine, 1) for fine, coarse in reversed(pairs))
        self.norm = nn.GroupNorm(GROUPS, WIDTHS[0])
        self.output = nn.Conv2d(WIDTHS[0], outputs, 3, padding=1)

    def forward(self, x, embedding):
        hidden, skips = self.input(x), []
        for level, block in enumerate(self.down):
            hidden = block(hidden, embedding)
            skips.append(hidden)
            if level < len(self.shrink):
                hidden = self.shrink[level](F.pixel_unshuffle(hidden, 2))
        hidden = self.middle(hidden, embedding)
        for level, block in enumerate(self.up):
            hidden = block(self.merge[level](torch.cat([hidden, skips.pop()], 1)), embedding)
            if level < len(self.grow):
                hidden = F.pixel_shuffle(self.grow[level](hidden), 2)
        return self.output(F.silu(self.norm(hidden)))


class FlowMap(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2 * FEATURES, EMBEDDING)
        self.second = nn.Linear(EMBEDDING, EMBEDDING)
        self.unet = UNet(1)
        half = FEATURES // 2
        self.register_buffer("frequencies", torch.exp(-math.log(100.0) * torch.arange(half) / half))

    def features(self, time):
        angles = 10 * time[:, None] * self.frequencies
        return torch.cat([torch.cos(angles), torch.sin(angles)], 1)

    def forward(self, x, r, t):
        hidden = F.silu(self.first(torch.cat([self.features(t), self.features(r)], 1)))
        data = self.unet(x, F.silu(self.second(hidden)))
        return (x - data) / t.clamp(min=0.05)[:, None, None, None]


class Adapter(nn.Module):
    def __init__(self):
        super().__init__()
        self.problems = nn.Embedding(1, EMBEDDING)
        self.hidden = nn.Linear(EMBEDDING, EMBEDDING)
        self.unet = UNet(2)

    def forward(self, aty, problem):
        embedding = F.silu(self.hidden(F.silu(self.problems(problem))))
        mean, log_variance = self.unet(aty, embedding).chunk(2, 1)
        return mean, log_variance.clamp(-10, 2) / 2


def image_like(batch):
    return torch.randn(batch, 1, SIDE, SIDE)


def per_sample(time):
    return time[:, None, None, None]


def flow_matching_loss(flow_map, x, z, t):
    velocity = z - x
    return ((flow_map(x + per_sample(t) * velocity, t, t) - velocity.detach()) ** 2).mean((1, 2, 3))


class Step:
    """Gradient, clipping, AdamW and moving averages, as the training step has them."""

    def __init__(self, networks):
        self.networks = networks
        self.parameters = [list(network.parameters()) for network in networks]
        everything = [p for group in self.parameters for p in group]
        self.averages = [p.detach().clone() for p in everything]
        self.everything = everything
        self.optimiser = torch.optim.AdamW(everything, lr=2e-4, betas=(0.9, 0.95), weight_decay=0, foreach=True)

    def run(self):
        start = time.perf_counter()
        self.optimiser.zero_grad(set_to_none=True)
        self.loss().backward()
        for group in self.parameters:
            nn.utils.clip_grad_norm_(group, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_mul_(self.averages, 0.999)
            torch._foreach_add_(self.averages, self.everything, alpha=0.001)
        return 1000 * (time.perf_counter() - start)


class FlowMatching(Step):
    def __init__(self, batch):
        self.flow_map = FlowMap()
        super().__init__([self.flow_map])
        self.x, self.z, self.t = image_like(batch), image_like(batch), torch.rand(batch)

    def loss(self):
        return flow_matching_loss(self.flow_map, self.x, self.z, self.t).mean()


class Joint(Step):
    def __init__(self, batch, jumps):
        self.flow_map, self.adapter, self.jumps = FlowMap(), Adapter(), jumps
        super().__init__([self.flow_map, self.adapter])
        self.x, self.eps, self.fresh, self.aty = (image_like(batch) for _ in range(4))
        times = torch.rand(2, batch)
        self.r, self.t = times.min(0).values, times.max(0).values
        self.keep = per_sample(torch.rand(batch)) < 0.5
        self.problem = torch.zeros(batch, dtype=torch.long)

    def jump_loss(self, x, z, r, t):
        velocity = z - x
        tangents = (velocity, torch.zeros_like(r), torch.ones_like(t))
        u, derivative = jvp(self.flow_map, (x + per_sample(t) * velocity, r, t), tangents)
        target = (velocity - per_sample(t - r) * derivative).detach()
        return ((u - target) ** 2).mean((1, 2, 3))

    def loss(self):
        mean, log_sigma = self.adapter(self.aty, self.problem)
        z = mean + log_sigma.exp() * self.eps
        noise = torch.where(self.keep, z, self.fresh)
        n = self.jumps
        flow = torch.cat(
            [
                self.jump_loss(self.x[:n], noise[:n], self.r[:n], self.t[:n]),
                flow_matching_loss(self.flow_map, self.x[n:], noise[n:], self.t[n:]),
            ]
        )
        batch = z.shape[0]
        sample = z - self.flow_map(z, torch.zeros(batch), torch.ones(batch))
        misfit = ((self.aty - sample) ** 2).sum((1, 2, 3)) / (2 * 0.5**2)
        divergence = 0.5 * ((2 * log_sigma).exp() + mean**2 - 1 - 2 * log_sigma).sum((1, 2, 3))
        return (flow / 2 + misfit + divergence).mean()


steps = {
    "flowMatching": FlowMatching(sizes["flowMatchingBatch"]),
    "joint": Joint(sizes["jointBatch"], sizes["jumps"]),
}
print(json.dumps({"ready": torch.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps({"milliseconds": steps[json.loads(line)["step"]].run()}), flush=True)
